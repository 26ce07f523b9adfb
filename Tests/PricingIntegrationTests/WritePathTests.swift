import MeshMessages
import PostgresClient
import Testing

@testable import PricingService

@Suite("Recording observations")
struct WritePathTests {
  @Test("Each bad observation is reported with its reason and does not stop the others")
  func rejections() async throws {
    try await Fixture.with { fixture in
      try await fixture.add([1])
      let now = day(100)
      let batch = [
        arrival(1, day(0), 1000), arrival(2, day(0), 1000), arrival(1, day(1), 0), arrival(1, day(2), -5),
        arrival(1, now + 300_001, 1000), arrival(1, day(3), 1000, currency: "EUR"),
        Arrival(target: .missing, observedAt: day(4)), Arrival(target: .id(1), observedAt: nil),
        arrival(1, day(5), 1000, list: 0), arrival(1, now + 300_000, 1100),
        Arrival(target: .key(shop: "shop", externalID: "item-1"), observedAt: day(6)),
        Arrival(target: .key(shop: "shop", externalID: "other"), observedAt: day(6)),
        arrival(1, day(7), Observation.maximumAmount + 1),
      ]
      let result = try await fixture.store.record(batch, source: "test", now: now)
      #expect(result.recorded == 3)
      #expect(
        result.rejections.map(\.reason.reason) == [
          .unknownListing, .priceNotPositive, .priceNotPositive, .time, .currency, .malformed, .time,
          .priceNotPositive, .unknownListing, .malformed,
        ])
      #expect(result.rejections.map(\.place) == [1, 2, 3, 4, 5, 6, 7, 8, 11, 12])
      let kept = try await fixture.pool.read("SELECT reason FROM rejected_observation ORDER BY observed_at")
        .scalars(Int16.self)
      #expect(kept == [2, 2, 4, 2, 5, 3])
    }
  }

  @Test("A repeat changes nothing")
  func idempotent() async throws {
    try await Fixture.with { fixture in
      try await fixture.add([1, 2])
      var generator = SeededGenerator(state: 11)
      let batch = randomArrivals(1, count: 200, using: &generator) + randomArrivals(2, count: 50, using: &generator)
      let first = try await fixture.store.record(batch, source: "test", now: day(700))
      #expect(first.recorded == 250)
      let before = (try await fixture.contents(), try await fixture.events().count)
      for part in [batch, Array(batch.prefix(30)), Array(batch.suffix(60).reversed())] {
        let again = try await fixture.store.record(part, source: "test", now: day(700))
        #expect(again.recorded == 0 && again.duplicates == part.count && again.rejections.isEmpty)
      }
      #expect(try await fixture.contents() == before.0)
      #expect(try await fixture.events().count == before.1)
    }
  }

  @Test("A batch of several parts is one: all of it is kept, each bad one named by its place, or nothing")
  func severalParts() async throws {
    try await Fixture.with { fixture in
      let count = Int64(ObservationStore.partSize) + 200
      try await fixture.add(1...count)
      var batch = (1...count).map { id in
        var arrival = arrival(id, day(0), 1000 + id)
        if id % 2 == 0 { arrival.target = .key(shop: "shop", externalID: "item-\(id)") }
        return arrival
      }
      batch[5].price?.minorUnits = 0
      batch[batch.count - 3].target = .key(shop: "shop", externalID: "none")
      // The same listing by its id and by its key.
      batch.append(Arrival(target: .key(shop: "shop", externalID: "item-1"), observedAt: day(1)))
      let result = try await fixture.store.record(batch, source: "test", now: day(2))
      #expect(result.recorded == batch.count - 2)
      #expect(result.rejections.map(\.place) == [5, batch.count - 4])
      #expect(try await fixture.fold(1)?.lastObservedAt == day(1))
      let before = try await fixture.contents()
      try await fixture.pool.execute(
        "ALTER TABLE listing_state ADD CONSTRAINT refused CHECK (listing_id < \(count) OR version < 2)")
      await #expect(throws: PostgresError.self) {
        _ = try await fixture.store.record(
          (1...count).map { arrival($0, day(3), 3000) }, source: "test", now: day(4))
      }
      #expect(try await fixture.contents() == before)
      // The first part is refused while the next is being worked out on the same connection.
      try await fixture.pool.execute(
        "ALTER TABLE listing_state DROP CONSTRAINT refused, ADD CONSTRAINT refused CHECK (listing_id <> 2 OR version < 2)"
      )
      for _ in 1...5 {
        await #expect(throws: PostgresError.self) {
          _ = try await fixture.store.record(
            (1...count).map { arrival($0, day(3), 3000) }, source: "test", now: day(4))
        }
      }
      #expect(try await fixture.contents() == before)
    }
  }

  @Test("The order of arrival does not matter", arguments: [1, 2, 3] as [UInt64])
  func anyOrder(seed: UInt64) async throws {
    var generator = SeededGenerator(state: seed)
    let observations = randomArrivals(1, count: 120, using: &generator)
    let now = day(2000)
    let expected = try await Fixture.with { fixture in
      try await fixture.add([1])
      _ = try await fixture.store.record(observations, source: "test", now: now)
      return (try await fixture.contents(), try await fixture.fold(1))
    }
    try await Fixture.with { fixture in
      try await fixture.add([1])
      let parts = stride(from: 0, to: observations.count, by: 9).map {
        Array(observations[$0..<min($0 + 9, observations.count)])
      }
      for part in parts.shuffled(using: &generator) {
        _ = try await fixture.store.record(part.shuffled(using: &generator), source: "test", now: now)
      }
      #expect(try await fixture.contents() == expected.0)
      let fold = try await fixture.fold(1)
      #expect(fold?.timeline == expected.1?.timeline)
      #expect(fold?.glitchGuard == expected.1?.glitchGuard)
      #expect(fold?.deals.reduction == expected.1?.deals.reduction)
    }
  }

  @Test("Of two at one moment the better stands, whichever comes first, and the other is on record")
  func conflicts() async throws {
    try await Fixture.with { fixture in
      try await fixture.add([1])
      let now = day(10)
      let high = try await fixture.store.record([arrival(1, day(0), 120)], source: "test", now: now)
      #expect(high.recorded == 1)
      let low = try await fixture.store.record([arrival(1, day(0), 100)], source: "test", now: now)
      #expect(low.recorded == 1)
      let again = try await fixture.store.record([arrival(1, day(0), 120)], source: "test", now: now)
      #expect(again.rejections.map(\.reason.reason) == [.conflict])
      #expect(try await fixture.fold(1)?.price == 100)
      let kept = try await fixture.pool.read("SELECT price FROM rejected_observation WHERE reason = 6")
        .scalars(Int64.self)
      #expect(kept == [120])
    }
  }

  @Test("A held price is confirmed by a later batch, and its row says so")
  func acrossBatches() async throws {
    try await Fixture.with { fixture in
      try await fixture.add([1])
      for (at, price) in [(0.0, 1000), (1, 200), (2, 210)] as [(Double, Int64)] {
        let result = try await fixture.store.record([arrival(1, day(at), price)], source: "test", now: day(3))
        #expect(result.listings[1]?.hasUnconfirmed == (at == 1))
      }
      let roles = try await fixture.pool.read("SELECT role FROM observation ORDER BY observed_at").scalars(Int16.self)
      #expect(roles == [1, 1, 1])
      let prices = try await fixture.events().compactMap { event -> Int64? in
        if case .priceChanged(let change) = event.change { change.price?.minorUnits } else { nil }
      }
      #expect(prices == [1000, 200, 210])
    }
  }

  @Test("Price, stock and deals are told in order, with the deal's id")
  func events() async throws {
    try await Fixture.with { fixture in
      try await fixture.add([1])
      let now = day(60)
      for observation in [
        arrival(1, day(0), 1000), arrival(1, day(40), 800, list: 1000), arrival(1, day(41), nil),
        arrival(1, day(42), 800), arrival(1, day(50), 900),
      ] {
        _ = try await fixture.store.record([observation], source: "test", now: now)
      }
      let events = try await fixture.events()
      let kinds = events.map { event in
        switch event.change {
        case .priceChanged: "price"
        case .stockChanged: "stock"
        case .dealOpened: "opened"
        case .dealClosed: "closed"
        case nil: "none"
        }
      }
      // Seen from day 60 the stock-out of day 41 ended the deal, until its return was known.
      #expect(kinds == ["price", "opened", "price", "stock", "closed", "stock", "opened", "closed", "price"])
      guard case .dealOpened(let deal)? = events[1].change, case .priceChanged(let price)? = events[2].change else {
        Issue.record("other events: \(kinds)")
        return
      }
      #expect(deal.id > 0 && price.dealId == deal.id)
      #expect(deal.verdict == .genuine && deal.realDiscountBasisPoints == 2000)
      #expect(deal.claimedDiscountBasisPoints == 2000)
      #expect(price.discountBasisPoints == 2000 && price.lowestEver?.minorUnits == 1000 && price.allTimeLow)
      let closed = try await fixture.pool.read("SELECT close_reason FROM deal").scalars(Int16?.self)
      #expect(closed == [1])
    }
  }

  @Test("Time alone ends a deal, once")
  func sweep() async throws {
    try await Fixture.with { fixture in
      try await fixture.add([1, 2])
      _ = try await fixture.store.record(
        [
          arrival(1, day(0), 1000), arrival(1, day(40), 800), arrival(2, day(0), 1000), arrival(2, day(40), 800),
          arrival(2, day(41), nil),
        ], source: "test", now: day(42))
      #expect(try await fixture.store.sweep(now: day(42)) == 0)
      #expect(try await fixture.store.sweep(now: day(48) + 1) == 1)
      #expect(try await fixture.store.sweep(now: day(70)) == 1)
      #expect(try await fixture.store.sweep(now: day(80)) == 0)
      let rows = try await fixture.pool.read("SELECT listing_id, closed_at, close_reason FROM deal ORDER BY listing_id")
        .decode((Int64, Timestamp, Int16).self)
      #expect(rows.map(\.1) == [day(70).timestamp, day(41).timestamp])
      #expect(rows.map(\.2) == [4, 2])
      // A later cut of the same reduction opens a new deal; the end that was told is not told again.
      _ = try await fixture.store.record([arrival(1, day(75), 700)], source: "test", now: day(75))
      let closed = try await fixture.events().filter { if case .dealClosed = $0.change { true } else { false } }
      #expect(closed.count == 2)
      #expect(try await fixture.pool.read("SELECT count(*) FROM deal WHERE listing_id = 1").scalar(Int.self) == 2)
    }
  }

  @Test("A listing that is dropped loses its deal and takes nothing more")
  func removed() async throws {
    try await Fixture.with { fixture in
      try await fixture.add([1, 2], product: { _ in 7 })
      let batch = [arrival(1, day(0), 1000), arrival(1, day(40), 800), arrival(2, day(0), 900)]
      _ = try await fixture.store.record(batch, source: "test", now: day(41))
      var removed = CatalogV1.ListingRemoved()
      removed.listingId = 1
      removed.productId = 7
      try await fixture.pool.withTransaction { transaction in
        try await CatalogInbox(fixture.database).apply(
          [Fixture.event(.listingRemoved(removed), at: day(45))], now: day(45), in: transaction)
      }
      let deals = try await fixture.pool.read("SELECT close_reason, closed_at FROM deal").decode(
        (Int16, Timestamp).self)
      #expect(deals.map(\.0) == [3] && deals.map(\.1) == [day(45).timestamp])
      let late = try await fixture.store.record([arrival(1, day(46), 700)], source: "test", now: day(47))
      #expect(late.rejections.map(\.reason.reason) == [.unknownListing])
      try await fixture.pool.withTransaction { transaction in
        try await CatalogInbox(fixture.database).apply(
          [Fixture.event(.productRemoved(7), at: day(50))], now: day(50), in: transaction)
      }
      #expect(try await fixture.pool.read("SELECT count(removed_at) FROM listing").scalar(Int.self) == 2)
    }
  }

  @Test("Months are made as they are needed, by many writers at once, from 2009 on")
  func months() async throws {
    try await Fixture.with { fixture in
      try await fixture.add(1...8)
      let first = Moment(milliseconds: 1_230_768_000_000)
      try await withThrowingTaskGroup(of: Void.self) { group in
        for id in Int64(1)...8 {
          group.addTask {
            // Each writer has its own cache, like a process of its own.
            let database = PricingDatabase(pool: fixture.pool, schema: fixture.database.schema)
            let batch = (0..<180).map { arrival(id, first.daysAfter($0 * 31), 1000 + Int64($0 % 5)) }
            let result = try await ObservationStore(database).record(batch, source: "test", now: day(700))
            #expect(result.recorded == 180)
          }
        }
        try await group.waitForAll()
      }
      #expect(try await fixture.pool.read("SELECT count(*) FROM observation").scalar(Int.self) == 8 * 180)
    }
  }

  @Test("A listing with more changes than its state holds is judged by all of them")
  func volatile() async throws {
    try await Fixture.with { fixture in
      try await fixture.add([1])
      let observations =
        (0..<900).map { index in
          arrival(1, day(Double(index) / 4), 1000 + Int64(index * 7919 % 37))
        } + [arrival(1, day(230), 800)]
      for part in stride(from: 0, to: observations.count, by: 100).map({ observations.dropFirst($0).prefix(100) }) {
        _ = try await fixture.store.record(Array(part), source: "test", now: day(230))
      }
      let expected = ListingFold.replay(
        observations.map { Observation(at: $0.observedAt ?? start, price: $0.price?.minorUnits) }, rules: DealRules())
      let fold = try await fixture.fold(1)
      #expect(fold?.timeline.points.count == ListingFold.maximumPoints)
      #expect(fold?.deals.reduction == expected.fold.deals.reduction)
      var deal = fold?.deals.deal
      deal?.id = 0
      #expect(deal != nil && deal == expected.fold.deals.deal)
    }
  }
}
