import HTTPTransport
import HTTPTypes
import Logging
import MeshMessages
import MeshRPC
import PostgresClient
import ProtobufBridge
import ServiceKit
import Testing

@testable import EdgeGateway

@Suite("What visitors do") struct EventRouteTests {
  private func post(
    _ gateway: GatewayFixture, _ body: String, _ fields: [(String, String)] = [], type: String = "application/json"
  ) async throws -> GatewayFixture.Reply {
    try await gateway.send("POST", "/v1/events", fields + [("content-type", type)], body: body)
  }

  private func taken(_ gateway: GatewayFixture) -> [AnalyticsEvent] {
    gateway.analytics.queue.take()?.events ?? []
  }

  @Test("Events are taken at the time at which they arrive, with what belongs to them")
  func taken() async throws {
    let gateway = try GatewayFixture()
    let reply = try await post(
      gateway,
      """
      {"events":[{"kind":"EVENT_KIND_PAGE_VIEW","page":"/p/7","language":"tr"},
      {"kind":"EVENT_KIND_PRODUCT_VIEW","productId":"7"},{"kind":3,"dealId":3,"page":"/deals"},
      {"kind":"EVENT_KIND_LISTING_CLICK","listing_id":"11"},
      {"kind":"EVENT_KIND_SEARCH","query":"  KULAKLIK\\u00a0 İyi ","results":0},
      {"kind":"EVENT_KIND_SHARE","page":"/","query":"not of a search"}]}
      """)
    #expect(reply.status == 204 && reply.body.isEmpty && reply["set-cookie"] == nil)
    let events = taken(gateway)
    #expect(
      events.map(\.kind) == [.pageView, .productView, .dealClick, .listingClick, .search, .share]
        && Set(events.map(\.mark)).count == 1)
    #expect(events.allSatisfy { $0.at == Timestamp(microseconds: 1_764_000_030_000_000) && $0.shop == nil })
    #expect(events.first?.page == "/p/7" && events.first?.language == "tr" && events.first?.product == nil)
    #expect(events.compactMap(\.product) == [7] && events.compactMap(\.deal) == [3])
    #expect(events.compactMap(\.listing) == [11] && events.compactMap(\.query) == ["kulaklik iyi"])
    #expect(events.compactMap(\.results) == [0])
  }

  @Test(
    "A bad event is refused with its place, and nothing of its batch is taken",
    arguments: [
      (#"{"kind":"EVENT_KIND_UNSPECIFIED"}"#, "kind"), (#"{"page":"/"}"#, "kind"), (#"{"kind":99}"#, "kind"),
      (#"{"kind":"EVENT_KIND_NONE"}"#, "kind"), (#"{"kind":"EVENT_KIND_PAGE_VIEW"}"#, "page"),
      (#"{"kind":"EVENT_KIND_PAGE_VIEW","page":"deals"}"#, "page"),
      (#"{"kind":"EVENT_KIND_PAGE_VIEW","page":"/search?q=secret"}"#, "page"),
      (#"{"kind":"EVENT_KIND_PAGE_VIEW","page":"/a b"}"#, "page"),
      (#"{"kind":"EVENT_KIND_PAGE_VIEW","page":"/#token"}"#, "page"),
      (#"{"kind":"EVENT_KIND_PAGE_VIEW","page":"/ü"}"#, "page"),
      (#"{"kind":"EVENT_KIND_PAGE_VIEW","page":"/\#(String(repeating: "x", count: 200))"}"#, "page"),
      (#"{"kind":"EVENT_KIND_PRODUCT_VIEW"}"#, "productId"),
      (#"{"kind":"EVENT_KIND_PRODUCT_VIEW","productId":"-7"}"#, "productId"),
      (#"{"kind":"EVENT_KIND_DEAL_CLICK","productId":"7"}"#, "dealId"),
      (#"{"kind":"EVENT_KIND_LISTING_CLICK"}"#, "listingId"), (#"{"kind":"EVENT_KIND_SEARCH"}"#, "query"),
      (#"{"kind":"EVENT_KIND_SEARCH","query":" \t "}"#, "query"),
      (#"{"kind":"EVENT_KIND_SEARCH","query":"a\u0001b"}"#, "query"),
      (#"{"kind":"EVENT_KIND_SEARCH","query":"\#(String(repeating: "x", count: 201))"}"#, "query"),
      (#"{"kind":"EVENT_KIND_SEARCH","query":"a","results":-1}"#, "results"),
      (#"{"kind":"EVENT_KIND_SHARE"}"#, "page"),
      (#"{"kind":"EVENT_KIND_SHARE","page":"/","language":"de"}"#, "language"),
    ])
  func refused(event: String, field: String) async throws {
    let gateway = try GatewayFixture()
    let reply = try await post(gateway, #"{"events":[{"kind":"EVENT_KIND_PAGE_VIEW","page":"/"},\#(event)]}"#)
    #expect(reply.status == 400 && reply.body.contains("\"field\":\"events[1].\(field)\""), "\(reply.body)")
    #expect(gateway.analytics.queue.take() == nil)
  }

  @Test("A batch has 1 to 50 events in a JSON body of bounded size and of known members")
  func batches() async throws {
    let gateway = try GatewayFixture()
    func batch(_ count: Int) -> String {
      let event = #"{"kind":"EVENT_KIND_PAGE_VIEW","page":"/"}"#
      return #"{"events":[\#(Array(repeating: event, count: count).joined(separator: ","))]}"#
    }
    for (body, status) in [
      ("{}", 400), (batch(0), 400), (batch(51), 400), ("", 400), ("[]", 400), (#"{"events":{}}"#, 400),
      (#"{"events":[],"visitor":"x"}"#, 400), (String(repeating: " ", count: 20_000), 413), (batch(50), 204),
    ] { #expect(try await post(gateway, body).status == status, "\(body.prefix(40))") }
    #expect(taken(gateway).count == 50)
    // Other sites can make browsers send this type without asking first, and no other.
    #expect(try await post(gateway, batch(1), type: "text/plain").status == 415)
  }

  @Test("Of those who do not want it nothing is kept, and they are answered the same", arguments: ["dnt", "sec-gpc"])
  func unwanted(field: String) async throws {
    let gateway = try GatewayFixture()
    let event = #"{"events":[{"kind":"EVENT_KIND_PAGE_VIEW","page":"/"}]}"#
    #expect(try await post(gateway, event, [(field, "1")]).status == 204)
    #expect(try await post(gateway, #"{"events":[{}]}"#, [(field, "1")]).status == 400)
    #expect(try await gateway.get("/go/11", [(field, "1")]).status == 302)
    #expect(gateway.analytics.queue.take() == nil)
    #expect(try await post(gateway, event, [(field, "0")]).status == 204)
    #expect(taken(gateway).count == 1)
  }

  @Test("Where nothing shall be counted nothing is taken, and what was kept still grows old")
  func switchedOff() throws {
    let gateway = try GatewayFixture()
    var settings = AnalyticsSettings()
    let event = AnalyticsEvent(
      at: Timestamp(microseconds: 0), kind: .share, mark: VisitorMark(RateSubject(key: 1), agent: ""))
    let request = GatewayRequest(
      head: HTTPRequest(method: .post, scheme: "http", authority: "localhost", path: "/v1/events"),
      known: KnownRoute(try #require(gateway.routes.first)), pathValues: [], query: QueryItems(), connection: .inside,
      body: nil)
    for isOn in [false, true] {
      settings.isOn = isOn
      let analytics = Analytics(
        pool: gateway.accounts.pool, settings: settings, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
      )
      analytics.record([event], of: request)
      #expect((analytics.queue.take() != nil) == isOn)
      #expect(analytics.tasks.map(\.name).contains("analytics-upkeep") && analytics.tasks.count == (isOn ? 2 : 1))
    }
  }

  @Test("Whoever is sent on to a shop is counted with the shop; looks, fetches ahead and failures are not")
  func visits() async throws {
    let gateway = try GatewayFixture()
    #expect(try await gateway.send("HEAD", "/go/11").status == 302)
    #expect(try await gateway.get("/go/11", [("sec-purpose", "prefetch;prerender")]).status == 302)
    #expect(try await gateway.get("/go/99").status == 404)
    #expect(gateway.analytics.queue.take() == nil)
    #expect(try await gateway.get("/go/11").status == 302)
    let events = taken(gateway)
    #expect(events.map(\.listing) == [11] && events.map(\.shop) == ["shop-a"] && events.map(\.kind) == [.listingClick])
  }

  @Test(
    "What may be about a person is counted as a search without its words",
    arguments: [
      ("ayse@example.com", nil), ("0532 123 45 67", nil), ("+90 (532) 123-4567", nil), ("12345678901", nil),
      ("iphone 15 128 gb", "iphone 15 128 gb"), ("wh-1000xm5", "wh-1000xm5"), ("tv 139 cm 55", "tv 139 cm 55"),
      ("55 inç 4k 120 hz", "55 inç 4k 120 hz"),
    ])
  func words(text: String, kept: String?) throws {
    let message = EdgeV1.RecordEventsRequest(events: [.with { ($0.kind, $0.query) = (.search, text) }])
    let events = try AnalyticsInput.events(
      message, at: Timestamp(microseconds: 0), VisitorMark(RateSubject(key: 1), agent: ""))
    #expect(events.count == 1 && events.first?.query == kept)
  }

  @Test("Reports name the parameter that is wrong")
  func reports() async throws {
    let gateway = try GatewayFixture()
    for (query, field) in [
      ("traffic?from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z", "from"), ("traffic?from=yesterday", "from"),
      ("traffic?by=week", "by"), ("traffic?by=hour&from=2025-09-01T00:00:00Z", "from"),
      ("products?from=2020-01-01T00:00:00Z", "from"), ("products?to=1960-01-01T00:00:00Z", "to"),
      ("products?sort=x", "sort"), ("searches?without_results=1", "without_results"), ("affiliate?limit=0", "limit"),
      ("affiliate?limit=201", "limit"), ("traffic?from=2026-01-02T00:00:00Z", "from"),
    ] {
      let reply = try await gateway.asAdmin("GET", "/v1/admin/reports/" + query)
      #expect(reply.status == 400 && reply.body.contains("\"field\":\"\(field)\""), "\(query): \(reply.body)")
    }
    // Its database is not there.
    #expect(try await gateway.asAdmin("GET", "/v1/admin/reports/traffic").status == 503)
  }
}
