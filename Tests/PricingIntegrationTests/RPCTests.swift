import EventLog
import MeshMessages
import MeshRPC
import NIOPosix
import PostgresClient
import Testing

@testable import PricingService

/// The service as clients see it, over the in-process transport.
private struct Served {
  let prices: PricingV1.PricingService.Client
  let scheduler: PricingV1.SchedulerService.Client

  static func with(
    _ fixture: Fixture, now: Moment, _ body: (Served) async throws -> Void
  ) async throws {
    let feed = try EventFeed(pool: fixture.pool, schema: fixture.database.schema)
    var configuration = RPCServerConfiguration()
    configuration.errorMapper = { PricingErrors.status(for: $0) }
    let server = try RPCServer(
      services: [
        PricingHandler(fixture.database, feed: feed, clock: { now }).definition,
        PricingV1.SchedulerService.definition(
          SchedulerHandler(fixture.database, catalogLag: { .zero }, clock: { now })),
      ], configuration: configuration)
    let connection = InProcessConnection(
      handler: server, eventLoop: MultiThreadedEventLoopGroup.singleton.next())
    let channel = RPCChannel(
      provider: InProcessConnectionProvider(connection), configuration: RPCChannel.Configuration())
    do {
      try await body(Served(prices: .init(channel), scheduler: .init(channel)))
    } catch {
      await channel.shutdown()
      throw error
    }
    await channel.shutdown()
  }

  func record(_ observations: [PricingV1.Observation]) async throws -> PricingV1.RecordObservationsResponse {
    try await prices.recordObservations { writer in
      var request = PricingV1.RecordObservationsRequest()
      request.source = "push"
      request.observations = observations
      try await writer.write(request)
    }
  }
}

private func observation(_ id: Int64, _ at: Moment, _ price: Int64?, list: Int64? = nil) -> PricingV1.Observation {
  var message = PricingV1.Observation()
  message.listing = .listingId(id)
  message.observedAt = GoogleProtobuf.Timestamp(at)
  message.price = CommonV1.Money(price, "USD")
  message.listPrice = CommonV1.Money(list, "USD")
  message.line = at.milliseconds % 1000
  return message
}

@Suite("The RPC services")
struct RPCTests {
  @Test("What is recorded is served: prices, history, statistics, deals")
  func served() async throws {
    try await Fixture.with { fixture in
      try await fixture.add([1, 2], product: { _ in 7 })
      try await Served.with(fixture, now: day(45)) { served in
        let response = try await served.record([
          observation(1, day(0), 1000), observation(1, day(40), 800, list: 1000), observation(2, day(0), 950),
          observation(2, day(41), nil), observation(1, day(1), 0),
        ])
        #expect(response.recorded == 4 && response.rejected == 1)
        #expect(response.rejections.map(\.reason) == [.priceNotPositive])

        var asked = PricingV1.GetPricesRequest()
        asked.productIds = [7, 99]
        let prices = try await served.prices.getPrices(asked).prices
        #expect(prices.map(\.listingId) == [1, 2])
        #expect(prices[0].price?.minorUnits == 800 && prices[0].discountBasisPoints == 2000 && prices[0].dealId > 0)
        #expect(prices[1].price?.minorUnits == 950 && prices[1].availability == .outOfStock)

        var history = PricingV1.GetPriceHistoryRequest()
        history.subject = .productId(7)
        let changes = try await served.prices.getPriceHistory(history)
        #expect(changes.resolution == .changes)
        #expect(changes.listings.map { $0.points.map(\.price) } == [[1000, 800], [950, 0]])
        history.resolution = .days
        let days = try await served.prices.getPriceHistory(history)
        #expect(days.listings[0].points.count == 46 && days.listings[0].points.last?.low == 800)

        var statistics = PricingV1.GetPriceStatisticsRequest()
        statistics.subject = .productId(7)
        let figures = try await served.prices.getPriceStatistics(statistics)
        #expect(figures.price?.minorUnits == 800 && figures.windows.map(\.days) == [30, 90, 180, 365, 0])
        #expect(figures.windows[4].highest?.minorUnits == 950)
        statistics.asOf = GoogleProtobuf.Timestamp(day(39))
        #expect(try await served.prices.getPriceStatistics(statistics).price?.minorUnits == 950)

        let deals = try await served.prices.listDeals(PricingV1.ListDealsRequest()).deals
        #expect(deals.map(\.listingId) == [1])
        let deal = try #require(deals.first)
        #expect(deal.evidence?.referencePrice?.minorUnits == 1000 && deal.verdict == .genuine)
        #expect(Int64(deal.score?.total ?? 0) == 70 && deal.flags.contains(.allTimeLow))
        var one = PricingV1.GetDealRequest()
        one.id = deal.id
        #expect(try await served.prices.getDeal(one) == deal)
      }
    }
  }

  @Test("Deals are listed page by page in each order, each once, and filtered")
  func pages() async throws {
    try await Fixture.with { fixture in
      try await fixture.add(1...57)
      try await Served.with(fixture, now: day(45)) { served in
        _ = try await served.record(
          (Int64(1)...57).flatMap { id in
            [observation(id, day(0), 10_000), observation(id, day(40) + id, 8000 - id % 7 * 100)]
          })
        for order in [PricingV1.DealOrder.score, .discount, .newest] {
          var request = PricingV1.ListDealsRequest()
          request.order = order
          request.page = CommonV1.Page(size: 10, token: "")
          var seen: [PricingV1.Deal] = []
          repeat {
            let response = try await served.prices.listDeals(request)
            seen += response.deals
            request.page?.token = response.nextPageToken
          } while request.page?.token.isEmpty == false
          #expect(Set(seen.map(\.id)).count == 57 && seen.count == 57)
          let discounts = seen.map(\.realDiscountBasisPoints)
          if order == .discount { #expect(discounts == discounts.sorted(by: >)) }
        }
        var filtered = PricingV1.ListDealsRequest()
        filtered.filter = PricingV1.DealFilter()
        filtered.filter?.category = "electronics"
        filtered.filter?.minDiscountBasisPoints = 2500
        filtered.page = CommonV1.Page(size: 200, token: "")
        let deals = try await served.prices.listDeals(filtered).deals
        #expect(!deals.isEmpty)
        #expect(deals.allSatisfy { $0.category == "electronics/audio" && $0.realDiscountBasisPoints >= 2500 })
      }
    }
  }

  @Test("Bad requests name the field")
  func badRequests() async throws {
    try await Fixture.with { fixture in
      try await fixture.add([1])
      try await Served.with(fixture, now: day(45)) { served in
        func message(_ call: () async throws -> Void) async -> String {
          do {
            try await call()
            return "no error"
          } catch let error as RPCError { return "\(error.code) \(error.message)" } catch { return "\(error)" }
        }
        var page = PricingV1.ListDealsRequest()
        page.page = CommonV1.Page(size: 201, token: "")
        #expect(await message { _ = try await served.prices.listDeals(page) }.contains("page.size"))
        page.page = CommonV1.Page(size: 1, token: "nonsense")
        #expect(await message { _ = try await served.prices.listDeals(page) }.contains("page.token"))
        var check = PricingV1.CheckNowRequest()
        check.listingId = 1
        #expect(await message { _ = try await served.prices.checkNow(check) }.contains("FAILED_PRECONDITION"))
        check.listingId = 2
        #expect(await message { _ = try await served.prices.checkNow(check) }.contains("NOT_FOUND"))
        var job = PricingV1.PauseJobRequest()
        job.name = "nonsense"
        #expect(await message { _ = try await served.scheduler.pauseJob(job) }.contains("NOT_FOUND"))
      }
    }
  }

  @Test("Subscribers get the events, and deals are streamed as they open")
  func streams() async throws {
    try await Fixture.with { fixture in
      try await fixture.add([1])
      try await Served.with(fixture, now: day(45)) { served in
        _ = try await served.record([observation(1, day(0), 1000), observation(1, day(40), 800)])
        let kinds = try await served.prices.subscribe(CommonV1.SubscribeRequest()) { responses in
          var events: [PricingV1.PricingEvent] = []
          for try await response in responses {
            events += response.events
            if events.count >= 3 { break }
          }
          return events.map { event in
            if case .dealOpened = event.change { "deal" } else { "price" }
          }
        }
        #expect(kinds == ["price", "deal", "price"])
        var request = PricingV1.StreamDealsRequest()
        request.after = CommonV1.EventPosition()
        let deal = try await served.prices.streamDeals(request) { responses in
          for try await response in responses { if let deal = response.deal { return deal as PricingV1.Deal? } }
          return nil
        }
        #expect(deal?.listingId == 1 && deal?.closedAt == nil)
      }
    }
  }

  @Test("Jobs and sources are seen and changed")
  func scheduler() async throws {
    try await Fixture.with { fixture in
      let now = Moment.now()
      try await fixture.add([1, 2], source: "page", at: now + (-120_000))
      try await Served.with(fixture, now: now) { served in
        let status = try await served.scheduler.getStatus(PricingV1.GetStatusRequest())
        #expect(status.jobs.map(\.name) == ["notify", "price-check", "product-fetch"])
        #expect(status.jobs[1].due == 2 && status.listings == 2 && status.products == 2)
        #expect(try await served.scheduler.pauseAll(PricingV1.PauseAllRequest()).jobs.allSatisfy(\.paused))
        var resume = PricingV1.ResumeJobRequest()
        resume.name = "price-check"
        #expect(try await served.scheduler.resumeJob(resume).paused == false)
        var update = PricingV1.UpdateSourceRequest()
        var source = try #require(
          try await served.scheduler.listSources(PricingV1.ListSourcesRequest()).sources.first)
        #expect(source.name == "shop.example" && source.rateMillihertz == 1000)
        source.rateMillihertz = 250
        source.paused = true
        update.source = source
        let updated = try await served.scheduler.updateSource(update)
        #expect(updated.rateMillihertz == 250 && updated.paused)
        var check = PricingV1.CheckNowRequest()
        check.listingId = 1
        #expect(try await served.prices.checkNow(check).wasDueAt != nil)
      }
    }
  }
}
