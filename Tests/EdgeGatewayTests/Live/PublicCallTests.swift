import HTTPTransport
import HTTPTypes
import Logging
import MeshMessages
import MeshRPC
import NIOCore
import NIOPosix
import ProtobufBridge
import Synchronization
import Testing

@testable import EdgeGateway

@Suite("Public calls") struct PublicCallTests {
  /// The gateway's RPC server over fake services, as `build` puts it together.
  private struct Door {
    let gateway: GatewayFixture
    let services = FakeServices()
    let handler: GRPCWebHandler
    let loop = MultiThreadedEventLoopGroup.singleton.next()

    init(
      policies: [RateTier: RatePolicy] = [:], cors: [String] = [], internalKey: String? = nil,
      live: LiveConfiguration = LiveConfiguration()
    ) throws {
      gateway = try GatewayFixture(policies: policies, internalKey: internalKey, cors: cors, live: live)
      let channel = try services.channel()
      let backends = Backends(
        catalog: channel, pricing: channel, notifier: channel, readTimeout: .seconds(10), writeTimeout: .seconds(10))
      var configuration = RPCServerConfiguration()
      configuration.maxRequestBytes = PublicMethods.maximumRequestBytes
      let server = try RPCServer(
        services: PublicMethods.services(backends),
        interceptors: [
          PublicCallLimits(gateway.parts, live: gateway.hub, credentials: gateway.accounts.identity.cache)
        ],
        configuration: configuration)
      handler = GRPCWebHandler(
        server, paths: (PublicMethods.catalog + PublicMethods.pricing).map(\.path), clients: gateway.parts.clients,
        cors: gateway.parts.cors)
    }

    var channel: RPCChannel {
      RPCChannel(provider: InProcessConnectionProvider(InProcessConnection(handler: handler, eventLoop: loop)))
    }

    func web(_ path: String, _ fields: [(String, String)], body: String, method: String = "POST") async throws
      -> GatewayFixture.Reply
    {
      try await GatewayFixture.ask(
        InProcessConnection(handler: handler, eventLoop: loop), loop, method, path, fields, body: body)
    }
  }

  /// Some of what is not for the public; the end-to-end test tries every method of every contract.
  private static let closed: [MethodDescriptor] = [
    CatalogV1.CatalogService.Methods.importProducts.descriptor,
    CatalogV1.CatalogService.Methods.createProduct.descriptor,
    CatalogV1.CatalogService.Methods.subscribe.descriptor,
    PricingV1.PricingService.Methods.recordObservations.descriptor,
    PricingV1.PricingService.Methods.subscribe.descriptor, PricingV1.PricingService.Methods.checkNow.descriptor,
    PricingV1.SchedulerService.Methods.pauseAll.descriptor, NotifierV1.NotifierService.Methods.sendMail.descriptor,
  ]

  @Test("Reads are answered as the service answers them, and calls of all other methods do not exist")
  func table() async throws {
    let door = try Door()
    let channel = door.channel
    let catalog = CatalogV1.CatalogService.Client(channel)
    let product = try await catalog.getProduct(.with { $0.id = 7 }, options: CallOptions())
    #expect(product == FakeServices.product)
    let deals = try await PricingV1.PricingService.Client(channel).listDeals(.init(), options: CallOptions())
    #expect(deals.deals == [FakeServices.deal])
    let count = door.services.requestCount
    for method in Self.closed {
      let error = await #expect(throws: RPCError.self) {
        try await channel.relay(method, ByteBuffer(), options: CallOptions()) { _ in }
      }
      #expect(error?.code == .unimplemented, "\(method.path)")
    }
    #expect(door.services.requestCount == count, "none has reached a service")
  }

  @Test("A service's status is passed on without its inside, and metadata neither way")
  func status() async throws {
    let door = try Door()
    let catalog = CatalogV1.CatalogService.Client(door.channel)
    var metadata = Metadata()
    try metadata.append("Bearer secret", for: "authorization")
    try metadata.append("yes", for: "x-internal")
    let missing = await #expect(throws: RPCError.self) {
      try await catalog.getProduct(.with { $0.id = 8 }, options: CallOptions(metadata: metadata))
    }
    #expect(missing?.code == .notFound && missing?.message == "there is no product 8")
    let sent = try #require(door.services.lastMetadata)
    #expect(sent["authorization"] == nil && sent["x-internal"] == nil)
    var inside = Metadata()
    try inside.append("db-7", for: "x-host")
    door.services.fail(with: RPCError(code: .unknown, message: "password of db-7", metadata: inside))
    let hidden = await #expect(throws: RPCError.self) {
      try await catalog.getProduct(.with { $0.id = 7 }, options: CallOptions())
    }
    #expect(hidden?.code == .internal && hidden?.message.contains("db-7") == false)
    #expect(hidden?.metadata["x-host"] == nil)
  }

  @Test("Calls count as requests do, and a long question is refused before it is asked")
  func limits() async throws {
    let door = try Door(policies: [.api: RatePolicy(requestsPerSecond: 1, burst: 2)])
    let catalog = CatalogV1.CatalogService.Client(door.channel)
    for _ in 0..<2 { _ = try await catalog.getProduct(.with { $0.id = 7 }, options: CallOptions()) }
    let refused = await #expect(throws: RPCError.self) {
      try await catalog.getProduct(.with { $0.id = 7 }, options: CallOptions())
    }
    #expect(refused?.code == .resourceExhausted && refused?.message.contains("try again") == true)
    let roomy = try Door()
    let long = await #expect(throws: RPCError.self) {
      try await CatalogV1.CatalogService.Client(roomy.channel).searchProducts(
        .with { $0.query = String(repeating: "x", count: 70_000) }, options: CallOptions())
    }
    #expect(long?.code == .resourceExhausted && roomy.services.requestCount == 0)
  }

  private func ask(_ door: Door, _ fields: [(String, String)]) async throws -> RPCError? {
    var metadata = Metadata()
    for (name, value) in fields { try metadata.append(value, for: name) }
    do {
      _ = try await CatalogV1.CatalogService.Client(door.channel).getProduct(
        .with { $0.id = 7 }, options: CallOptions(metadata: metadata))
      return nil
    } catch let error as RPCError {
      return error
    }
  }

  @Test("An API key counts by itself, with its tier's limits and its day's, whatever its scopes are")
  func keys() async throws {
    let door = try Door(policies: [
      .api: RatePolicy(requestsPerSecond: 1, burst: 1), .free: RatePolicy(requestsPerSecond: 1, burst: 2),
      .pro: RatePolicy(requestsPerSecond: 1, burst: 100, daily: 3),
    ])
    let directory = door.gateway.directory
    let free = try directory.makeKey(account: 1, role: .user, id: 1, scopes: []).text
    let pro = try directory.makeKey(account: 1, role: .user, id: 2, tier: .pro, scopes: [.read]).text
    // Those of the address are used up by others.
    #expect(try await ask(door, []) == nil)
    #expect(try await ask(door, [])?.code == .resourceExhausted)
    for _ in 0..<2 { #expect(try await ask(door, [("x-api-key", free)]) == nil) }
    let rate = try await ask(door, [("x-api-key", free)])
    #expect(rate?.code == .resourceExhausted && rate?.message.contains("2 at once") == true)
    for _ in 0..<3 { #expect(try await ask(door, [("authorization", "Bearer " + pro)]) == nil) }
    let daily = try await ask(door, [("x-api-key", pro)])
    #expect(daily?.code == .resourceExhausted && daily?.message.contains("the day's requests are used up") == true)
  }

  @Test("A key that is none, or is revoked, is refused, and whoever tries many is slowed down")
  func wrongKeys() async throws {
    let door = try Door(policies: [.auth: RatePolicy(requestsPerSecond: 1, burst: 4)])
    let directory = door.gateway.directory
    let key = try directory.makeKey(account: 1, role: .user, scopes: [.read])
    directory.revoke(key)
    for fields in [
      [("x-api-key", key.text)], [("x-api-key", "x")], [("authorization", "bearer " + key.text)],
      [("x-api-key", try SecretToken.make(.session).text)],
    ] {
      let refused = try await ask(door, fields)
      #expect(refused?.code == .unauthenticated && refused?.message.contains("API key") == true, "\(fields)")
    }
    #expect(try await ask(door, [("x-api-key", "x")])?.code == .resourceExhausted)
    #expect(door.services.requestCount == 0)
    // Another token is no key, and nobody needs one here.
    #expect(try await ask(door, [("authorization", "Bearer " + GatewayFixture.token)]) == nil)
  }

  @Test("The internal key has no limits, nor has a key of its tier")
  func exempt() async throws {
    let secret = String(repeating: "k", count: 32)
    let door = try Door(policies: [.api: RatePolicy(requestsPerSecond: 1, burst: 1)], internalKey: secret)
    let key = try door.gateway.directory.makeKey(account: 1, role: .admin, tier: .internal, scopes: []).text
    for _ in 0..<5 {
      #expect(try await ask(door, [("x-api-key", secret)]) == nil)
      #expect(try await ask(door, [("x-api-key", key)]) == nil)
    }
  }

  @Test("A streaming call ends after its time as one that is to be made again, and gives its place back")
  func lifetime() async throws {
    var live = LiveConfiguration()
    live.callLifetime = .milliseconds(100)
    let door = try Door(live: live)
    let pricing = PricingV1.PricingService.Client(door.channel)
    let received = Mutex<[Int64]>([])
    let ended = await #expect(throws: RPCError.self) {
      try await pricing.streamDeals(.init(), options: CallOptions()) { responses in
        for try await response in responses { received.withLock { $0.append(response.position?.sequence ?? 0) } }
      }
    }
    #expect(ended?.code == .unavailable && ended?.message.contains("call again") == true)
    #expect(received.withLock { $0 } == [5] && door.gateway.hub.places.count == 0)
    // One that is answered once has its own time.
    #expect(try await ask(door, []) == nil)
  }

  private static let path = CatalogV1.CatalogService.Methods.getProduct.descriptor.path
  /// GetProduct of 7, and of 8, framed.
  private static let seven: [UInt8] = [0, 0, 0, 0, 2, 8, 7]
  private static let eight: [UInt8] = [0, 0, 0, 0, 2, 8, 8]

  private static func base64(_ bytes: [UInt8]) -> String {
    var text: [UInt8] = []
    bytes.withUnsafeBytes { Base64.append($0, to: &text) }
    return String(decoding: text, as: UTF8.self)
  }

  @Test("A page's call has its status in the body's last frame, and the fields that let the page read it")
  func web() async throws {
    let door = try Door(cors: ["https://page.example"])
    let fields = [("content-type", "application/grpc-web+proto"), ("origin", "https://page.example")]
    let found = try await door.web(Self.path, fields, body: String(decoding: Self.seven, as: UTF8.self))
    #expect(found.status == 200 && found["content-type"] == "application/grpc-web+proto")
    #expect(found["access-control-allow-origin"] == "https://page.example" && found["cache-control"] == "no-store")
    #expect(found["access-control-expose-headers"]?.contains("Grpc-Status") == true && found["grpc-status"] == nil)
    #expect(found.body.hasSuffix("\u{0}\u{0}\u{0}\u{10}grpc-status: 0\r\n"))
    let missing = try await door.web(Self.path, fields, body: String(decoding: Self.eight, as: UTF8.self))
    #expect(missing.body.contains("grpc-status: 5\r\ngrpc-message: there is no product 8\r\n"))
    let unknown = try await door.web("/x.Y/Z", fields, body: String(decoding: Self.seven, as: UTF8.self))
    #expect(unknown.body.contains("grpc-status: 12\r\n") && unknown["grpc-status"] == nil)
  }

  @Test("A page's call may be base64, in pieces that are padded by themselves")
  func webText() async throws {
    let door = try Door()
    let fields = [("content-type", "application/grpc-web-text")]
    for body in [
      Self.base64(Self.seven), Self.base64(Array(Self.seven.prefix(4))) + Self.base64(Array(Self.seven.dropFirst(4))),
      Self.base64(Self.seven) + "\r\n",
    ] {
      let reply = try await door.web(Self.path, fields, body: body)
      #expect(reply["content-type"] == "application/grpc-web-text+proto")
      #expect(
        reply.body.hasSuffix(Self.base64([0x80, 0, 0, 0, 16] + Array("grpc-status: 0\r\n".utf8))), "\(reply.body)")
    }
    for body in ["%%%%", "AAA", "====", "AAAA="] {
      let reply = try await door.web(Self.path, fields, body: body)
      let status = reply.body.utf8.count.isMultiple(of: 4) ? reply.body : ""
      let bytes = Array(status.utf8).withUnsafeBytes { Base64.decode($0) } ?? []
      let text = String(decoding: bytes, as: UTF8.self)
      #expect(text.contains("grpc-status: ") && !text.contains("grpc-status: 0"), "\(body): \(reply)")
    }
    #expect(door.services.requestCount == 3)
  }

  @Test("A preflight of a public method is answered; other requests are not ours")
  func preflight() async throws {
    let door = try Door(cors: ["https://page.example"])
    let ask = [("origin", "https://page.example"), ("access-control-request-method", "POST")]
    let granted = try await door.web(Self.path, ask, body: "", method: "OPTIONS")
    #expect(granted.status == 204 && granted["access-control-allow-methods"] == "POST")
    #expect(granted["access-control-allow-headers"]?.contains("X-Grpc-Web") == true)
    let other = try await door.web(Self.path, [("origin", "https://x.example"), ask[1]], body: "", method: "OPTIONS")
    #expect(other.status == 204 && other["access-control-allow-origin"] == nil)
    #expect(other["access-control-allow-methods"] == nil)
  }
}
