import HTTPTransport
import HTTPTypes
import MeshMessages
import NIOCore
import Testing

@testable import EdgeGateway

@Suite("Live routes", .timeLimit(.minutes(1))) struct LiveRouteTests {
  private func following(_ gateway: GatewayFixture, _ body: () async throws -> Void) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { await gateway.hub.run() }
      try await body()
      group.cancelAll()
    }
  }

  /// Returns when nobody holds a place: those who held one are let go of in a later turn of their loops.
  private func emptied(_ gateway: GatewayFixture) async {
    while gateway.hub.places.count > 0, !Task.isCancelled { await Task.yield() }
    #expect(gateway.hub.places.count == 0)
  }

  private func receive(_ gateway: GatewayFixture, _ events: [PricingV1.PricingEvent]) throws {
    gateway.hub.receive(events, horizon: try #require(events.last?.position))
  }

  @Test("An event stream has the fields that keep it from being stored or held back, and tells of deals")
  func stream() async throws {
    let gateway = try GatewayFixture(cors: ["https://page.example"])
    gateway.hub.follows(from: LiveFixture.position(0))
    let stream = try await gateway.open("/v1/deals/stream?shop=shop-a", [("origin", "https://page.example")])
    _ = try await stream.received(containing: "id: 100-0\n\n")
    try receive(gateway, [LiveFixture.deal(1, shop: "shop-b"), LiveFixture.deal(2)])
    let text = try await stream.received(containing: "deal.opened")
    #expect(text.contains("id: 100-2\nevent: deal.opened\ndata: {") && !text.contains("100-1\n"))
    let fields = try await stream.fields
    #expect(fields[":status"] == "200" && fields["content-type"] == "text/event-stream")
    #expect(fields["cache-control"] == "no-store" && fields["x-accel-buffering"] == "no")
    #expect(fields["access-control-allow-origin"] == "https://page.example" && fields["x-request-id"] != nil)
    #expect(fields["etag"] == nil && fields["content-length"] == nil)
    gateway.hub.drain()
    #expect(try await stream.received { _ in false }.hasSuffix("\n\n"))
    await emptied(gateway)
  }

  @Test("What a client missed before we began is asked of pricing, once for all who come with it")
  func history() async throws {
    let gateway = try GatewayFixture()
    gateway.services.setLog((1...9).map { $0 % 2 == 0 ? LiveFixture.price($0, product: 7) : LiveFixture.deal($0) })
    gateway.hub.follows(from: LiveFixture.position(9))
    try await following(gateway) {
      let first = try await gateway.open("/v1/deals/stream", [("last-event-id", "100-3")])
      let text = try await first.received(containing: "id: 100-9\n")
      #expect(text.contains("id: 100-5\n") && text.contains("id: 100-7\n") && !text.contains("id: 100-3\n"))
      let count = gateway.services.requestCount
      // A later one is served from what was found then, on every event loop.
      for _ in 0..<4 {
        let second = try await gateway.open("/v1/deals/stream", [("last-event-id", "100-5")])
        _ = try await second.received(containing: "id: 100-9\n")
        second.close()
      }
      #expect(gateway.services.requestCount == count)
      try receive(gateway, [LiveFixture.deal(10)])
      // A heartbeat may have told the position as well.
      #expect(try await first.received(containing: "100-10").components("id: 100-9\nevent: ").count == 2)
      first.close()
    }
  }

  @Test("An id that pricing does not know makes its client load anew")
  func unknownID() async throws {
    let gateway = try GatewayFixture()
    gateway.services.setLog([LiveFixture.deal(1), LiveFixture.deal(5)])
    gateway.hub.follows(from: LiveFixture.position(5))
    try await following(gateway) {
      let stream = try await gateway.open("/v1/deals/stream", [("last-event-id", "100-3")])
      #expect(try await stream.received(containing: "reset").contains("id: 100-5\nevent: reset\ndata: {}\n\n"))
      stream.close()
    }
  }

  @Test("HEAD and bad parameters end at once, and hold no place")
  func refusals() async throws {
    let gateway = try GatewayFixture()
    let head = try await gateway.send("HEAD", "/v1/deals/stream")
    #expect(head.status == 200 && head["content-type"] == "text/event-stream" && head.body.isEmpty)
    for (path, id, field) in [
      ("/v1/deals/stream?min_discount=x", nil, "min_discount"), ("/v1/deals/stream?sort=score", nil, "sort"),
      ("/v1/deals/stream", "abc", "Last-Event-ID"), ("/v1/deals/stream", "1-", "Last-Event-ID"),
    ] as [(String, String?, String)] {
      let reply = try await gateway.get(path, id.map { [("last-event-id", $0)] } ?? [])
      #expect(reply.status == 400 && reply.body.contains("\"field\":\"\(field)\""), "\(reply)")
    }
    await emptied(gateway)
  }

  @Test("Where there is no place, a client is told when to come again")
  func noPlace() async throws {
    let gateway = try GatewayFixture(
      live: {
        var configuration = LiveConfiguration()
        configuration.maximumClients = 1
        return configuration
      }())
    gateway.hub.follows(from: LiveFixture.position(0))
    let stream = try await gateway.open("/v1/deals/stream")
    _ = try await stream.received(containing: "retry")
    let refused = try await gateway.get("/v1/deals/stream")
    #expect(refused.status == 503 && refused["retry-after"] == "5")
    stream.close()
    _ = try await stream.received { _ in false }
  }

  @Test("A WebSocket is asked for in its own way, over HTTP/1.1")
  func handshakes() async throws {
    let gateway = try GatewayFixture()
    #expect(try await gateway.get("/v1/live").status == 501)
    try await gateway.listening { get in
      let plain = try await get("/v1/live", [])
      #expect(plain.status == 426 && plain.body.contains("upgrade_required"), "\(plain)")
    }
    await emptied(gateway)
  }
}
