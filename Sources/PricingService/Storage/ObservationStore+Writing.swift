internal import EventLog
internal import PostgresClient
internal import ProtobufBridge

extension ObservationStore {
  /// Writes what a batch changed: a statement for each table, whatever the batch's size.
  func write(_ batch: ObservationBatch, source: String, _ transaction: PostgresTransaction) async throws {
    try await keepRejections(batch, source: source, transaction)
    let touched = batch.works.all.only { $0.isTouched }
    guard !touched.isEmpty else { return }
    // First: whoever wrote a state meanwhile is found out before anything else is written.
    try await writeStates(touched, transaction)
    try await writeObservations(touched, source: source, transaction)
    try await updateRoles(touched, transaction)
    try await writeDealsAndEvents(touched, now: batch.now, transaction)
  }

  /// Writes what listings' changes mean for others.
  func writeDealsAndEvents(_ works: [ListingWork], now: Moment, _ transaction: PostgresTransaction) async throws {
    let telling = works.only { !$0.changes.isEmpty || !$0.dealRows.isEmpty || !$0.vanishedDeals.isEmpty }
    let facts = try await ListingFacts.load(telling.map { $0.id }) { try await transaction.query($0, $1) }
    try await DealRows.write(telling, facts, transaction)
    let events = try await Self.events(telling, facts, now: now)
    for start in stride(from: 0, to: events.count, by: Outbox.maximumBatch) {
      try await database.outbox.append(
        Array(events[start..<min(start + Outbox.maximumBatch, events.count)]), in: transaction)
    }
  }

  @concurrent
  static func events(_ works: [ListingWork], _ facts: [Int64: ListingFacts], now: Moment) async throws -> [OutboxEvent]
  {
    var events: [OutboxEvent] = []
    for work in works {
      guard let facts = facts[work.id] else { continue }
      for change in work.changes {
        guard let event = PricingEvents.event(change, of: facts, at: now) else { continue }
        events.append(OutboxEvent(key: facts.productID, payload: try event.serializedBytes()))
      }
      for id in work.vanishedDeals {
        guard let stored = work.storedDeals.first(where: { $0.id == id && $0.closedAt == nil }) else { continue }
        let event = PricingEvents.withdrawn(try Deal(packed: stored.facts), of: facts, at: now)
        events.append(OutboxEvent(key: facts.productID, payload: try event.serializedBytes()))
      }
    }
    return events
  }

  private func writeObservations(
    _ works: [ListingWork], source: String, _ transaction: PostgresTransaction
  ) async throws {
    let displaced = works.flatMap { work in (work.settlement?.displaced ?? []).map { (work.id, $0.at.timestamp) } }
    if !displaced.isEmpty {
      try await transaction.execute(
        """
        DELETE FROM observation o
        USING unnest($1::bigint[], $2::timestamptz[]) AS k (listing_id, observed_at)
        WHERE o.listing_id = k.listing_id AND o.observed_at = k.observed_at
        """, [displaced.map(\.0), displaced.map(\.1)])
    }
    guard works.contains(where: { !$0.inserted.isEmpty }) else { return }
    try await transaction.copyIn(
      into: "observation",
      columns: ["listing_id", "observed_at", "price", "list_price", "availability", "role", "seller", "source"]
    ) { writer in
      for work in works {
        for recorded in work.inserted {
          let observation = recorded.observation
          try await writer.write(
            work.id, observation.at.timestamp, observation.price, observation.listPrice,
            observation.availability.rawValue, recorded.role.rawValue,
            observation.seller.isEmpty ? String?.none : observation.seller, source)
        }
      }
    }
  }

  private func updateRoles(_ works: [ListingWork], _ transaction: PostgresTransaction) async throws {
    let updates = works.flatMap { work in work.roleUpdates.map { (work.id, $0) } }
    guard !updates.isEmpty else { return }
    try await transaction.execute(
      """
      UPDATE observation o SET role = k.role
      FROM unnest($1::bigint[], $2::timestamptz[], $3::smallint[]) AS k (listing_id, observed_at, role)
      WHERE o.listing_id = k.listing_id AND o.observed_at = k.observed_at
      """, [updates.map(\.0), updates.map { $0.1.at.timestamp }, updates.map { $0.1.role.rawValue }])
  }

  func writeStates(_ works: [ListingWork], _ transaction: PostgresTransaction) async throws {
    let states = await Self.packed(works)
    // By place: a row that another writer has replaced lies elsewhere, as one with another version does not count. What
    // lies there now may be another listing's.
    let count = try await transaction.execute(
      """
      UPDATE listing_state s
      SET state = k.state, deadline = k.deadline, announced_deal = k.announced_deal, announced_at = k.announced_at,
        version = s.version + 1
      FROM unnest($1::bigint[], $2::bytea[], $3::timestamptz[], $4::bigint[], $5::timestamptz[], $6::bigint[], $7::text[])
        AS k (listing_id, state, deadline, announced_deal, announced_at, version, place)
      WHERE s.ctid = k.place::tid AND s.listing_id = k.listing_id AND s.version = k.version
      """,
      [
        works.map { $0.id }, states, works.map { $0.deadline?.timestamp }, works.map { $0.announced?.deal },
        works.map { $0.announced?.at.timestamp }, works.map { $0.version }, works.map { $0.place },
      ])
    guard count == works.count else { throw StaleState() }
  }

  @concurrent
  private static func packed(_ works: [ListingWork]) async -> [[UInt8]] {
    works.map { work in
      var fold = work.fold
      fold.prune()
      return fold.packed()
    }
  }

  /// Keeps what was refused and what was displaced on record, each once.
  private func keepRejections(
    _ batch: ObservationBatch, source: String, _ transaction: PostgresTransaction
  ) async throws {
    var rows: [(id: Int64, at: Timestamp, reason: Int16, price: Int64)] = []
    for rejection in batch.result.rejections {
      let arrival = batch.arrivals[rejection.place]
      // Without a listing or a time there is nothing that it could be kept with.
      guard let id = batch.listingIDs[rejection.place], rejection.reason.reason != .unknownListing,
        let at = arrival.observedAt
      else { continue }
      rows.append((id, at.timestamp, rejection.reason.reason.rawValue, arrival.price?.minorUnits ?? 0))
    }
    for work in batch.works.all {
      for displaced in work.settlement?.displaced ?? [] {
        let reason = ObservationRejected.Reason.conflict.rawValue
        rows.append((work.id, displaced.at.timestamp, reason, displaced.price ?? 0))
      }
    }
    guard !rows.isEmpty else { return }
    try await transaction.execute(
      """
      INSERT INTO rejected_observation (listing_id, observed_at, reason, price, source)
      SELECT k.listing_id, k.observed_at, k.reason, k.price, $5
      FROM unnest($1::bigint[], $2::timestamptz[], $3::smallint[], $4::bigint[])
        AS k (listing_id, observed_at, reason, price)
      ON CONFLICT DO NOTHING
      """, [rows.map(\.id), rows.map(\.at), rows.map(\.reason), rows.map(\.price), source])
  }
}
