import Logging
import NIOPosix
import Testing

@testable import MarketSim
@testable import OutboundHTTP
@testable import PricingService

@Suite("The demo market, read over loopback", .serialized)
struct ReadingTests {
  static let moment: Int64 = 1_795_000_000

  /// A market whose time stands still, and the client that reads it.
  struct Scene {
    let server: MarketServer
    let ports: MarketServer.Ports
    let outbound: OutboundClient
    let client: PoliteClient

    func page(_ shop: MarketShop, _ product: MarketProduct, _ validators: Validators? = nil) -> SourceListing {
      SourceListing(
        listingID: 1, shop: shop.rawValue, externalID: product.id(in: shop),
        url: "http://127.0.0.1:\(ports.shops[shop] ?? 0)/p/\(product.id(in: shop))", currency: shop.currency,
        locale: shop.locale, validators: validators)
    }

    func control(
      _ method: OutboundRequest.Method, _ path: String, _ body: String? = nil, _ headers: OutboundHeaders = [:]
    )
      async throws -> (status: Int, body: String)
    {
      let answer = try await outbound.send(
        OutboundRequest(
          method, "http://127.0.0.1:\(ports.control)\(path)", headers: headers, body: body.map { Array($0.utf8) }))
      return (answer.status, String(decoding: answer.body, as: UTF8.self))
    }
  }

  static let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)

  static func run(_ body: (Scene) async throws -> Void) async throws {
    let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
    let server = MarketServer(
      world: MarketWorld(seed: 11, count: 12), clock: MarketClock(origin: moment, speed: 1), host: "127.0.0.1", port: 0,
      group: group, logger: logger, realTime: { moment })
    var configuration = OutboundConfiguration()
    configuration.addressPolicy = try AddressPolicy(allowing: "127.0.0.0/8")
    let outbound = try OutboundClient(configuration: configuration, group: group, logger: logger)
    var polite = PoliteClient.Configuration()
    polite.policy.interval = .zero
    let client = PoliteClient(fetcher: outbound, budget: LocalHostBudget(), configuration: polite)
    let scene = Scene(server: server, ports: try await server.start(), outbound: outbound, client: client)
    do {
      try await body(scene)
    } catch {
      await outbound.shutdown()
      await server.shutdown()
      throw error
    }
    await outbound.shutdown()
    await server.shutdown()
  }

  @Test("Every page of every shop says what the market's function says", .timeLimit(.minutes(1)))
  func pages() async throws {
    try await Self.run { scene in
      let selectors = try ShopSelectors.all(json: Array(ShopSelectorsFile.json.utf8))
      let source = PageSource(client: scene.client, selectors: selectors)
      for shop in MarketShop.allCases {
        for product in scene.server.world.products(of: shop) {
          let state = scene.server.world.state(shop, product, at: Self.moment)
          let outcome = try await source.observe(scene.page(shop, product))
          guard case .observed(let seen, let validators) = outcome else {
            Issue.record("\(shop) \(product.title): \(outcome)")
            continue
          }
          #expect(seen.price == state.price, "\(shop) \(product.title)")
          #expect(seen.currency == shop.currency)
          #expect(seen.availability == (state.isInStock ? .inStock : .outOfStock))
          // One shop writes no list price.
          if shop != .liberty { #expect(seen.listPrice == state.listPrice, "\(shop) \(product.title)") }
          #expect(try await source.observe(scene.page(shop, product, validators)) == .notModified)
        }
      }
    }
  }

  @Test("The feeds say the same, as a table and as XML", .timeLimit(.minutes(1)), arguments: ["tsv", "xml"])
  func feeds(form: String) async throws {
    try await Self.run { scene in
      let feeds = Dictionary(
        uniqueKeysWithValues: MarketShop.allCases.map { shop in
          (shop.rawValue, FeedSource.Feed(url: "http://127.0.0.1:\(scene.ports.shops[shop] ?? 0)/feed.\(form)"))
        })
      let source = FeedSource(client: scene.client, feeds: feeds)
      for shop in MarketShop.allCases {
        for product in scene.server.world.products(of: shop) {
          let state = scene.server.world.state(shop, product, at: Self.moment)
          guard case .observed(let seen, _) = try await source.observe(scene.page(shop, product)) else {
            Issue.record("\(shop) \(product.title) is not in the feed")
            continue
          }
          #expect(seen.price == state.price)
          #expect(seen.listPrice == state.listPrice)
          #expect(seen.availability == (state.isInStock ? .inStock : .outOfStock))
        }
        #expect(source.faults(of: shop.rawValue).count == 0)
      }
    }
  }

  @Test("Ordered faults show as the errors that they are", .timeLimit(.minutes(1)))
  func faults() async throws {
    try await Self.run { scene in
      let shop = MarketShop.anadolu
      let product = try #require(scene.server.world.products(of: shop).first)
      let source = PageSource(client: scene.client)
      func kind() async -> SourceError.Kind? {
        do {
          _ = try await source.observe(scene.page(shop, product))
          return nil
        } catch {
          return (error as? SourceError)?.kind
        }
      }
      #expect(await kind() == nil)
      for (query, expected) in [
        ("kind=status&status=502", SourceError.Kind.unreachable), ("kind=broken-html", .unreadable),
        ("kind=rate-limit&retry_after=7", .refused(retryAfter: .seconds(7))),
      ] {
        #expect(try await scene.control(.post, "/admin/faults?shop=anadolu&\(query)").status == 200)
        #expect(await kind() == expected)
      }
      let refused = try await scene.control(.post, "/admin/faults?shop=anadolu&kind=fire")
      #expect(refused.status == 400)
      #expect(refused.body.contains("kind: expected"))
    }
  }

  @Test("A price that was set by hand is shown until it is cleared", .timeLimit(.minutes(1)))
  func setPrice() async throws {
    try await Self.run { scene in
      let product = try #require(scene.server.world.products(of: .anadolu).first)
      let id = product.id(in: .anadolu)
      let path = "/admin/price?shop=anadolu&product=\(id)&price=12.34"
      #expect(try await scene.control(.post, path).status == 200)
      let outcome = try await PageSource(client: scene.client).observe(scene.page(.anadolu, product))
      guard case .observed(let seen, _) = outcome else {
        Issue.record("\(outcome)")
        return
      }
      #expect(seen.price == 1_234)
      #expect(
        try await scene.control(.get, "/api/state?shop=anadolu&product=\(id)").body.contains("\"price\":\"12.34\""))
    }
  }

  @Test("The Telegram stand-in answers as Telegram does", .timeLimit(.minutes(1)))
  func telegram() async throws {
    try await Self.run { scene in
      let json: OutboundHeaders = ["content-type": "application/json"]
      let bot = "/bot1:abc"
      #expect(try await scene.control(.get, "/botx/getMe").status == 401)
      #expect(try await scene.control(.get, "\(bot)/getMe").body.contains("\"is_bot\":true"))
      #expect(try await scene.control(.get, "\(bot)/nothing").status == 404)
      let message = "{\"chat_id\":77,\"text\":\"Fiyat düştü\"}"
      #expect(try await scene.control(.post, "\(bot)/sendMessage", message, json).body.contains("chat not found"))
      #expect(try await scene.control(.post, "\(bot)/sendMessage", "{", json).status == 400)

      // A long poll that is under way when the person writes.
      async let poll = scene.control(.post, "\(bot)/getUpdates", "{\"timeout\":20,\"offset\":0}", json)
      _ = try await scene.control(.post, "/admin/telegram/message?chat=77&name=Ay%C5%9Fe&text=/start%20x")
      let updates = try await poll.body
      #expect(updates.contains("\"text\":\"/start x\""))
      #expect(updates.contains("\"type\":\"bot_command\",\"offset\":0,\"length\":6"))
      let number = try #require(updates.firstRange(of: "\"update_id\":")).upperBound
      let update = try #require(Int64(updates[number...].prefix { $0.isNumber }))
      let rest = try await scene.control(.get, "\(bot)/getUpdates?offset=\(update + 1)")
      #expect(rest.body == "{\"ok\":true,\"result\":[]}")

      _ = try await scene.control(.post, "/admin/telegram/limit?count=1&retry_after=3")
      let limited = try await scene.control(.post, "\(bot)/sendMessage", message, json)
      #expect(limited.status == 429)
      #expect(limited.body.contains("\"parameters\":{\"retry_after\":3}"))
      #expect(try await scene.control(.post, "\(bot)/sendMessage", message, json).status == 200)
      #expect(scene.server.telegram.sent.map(\.text) == ["Fiyat düştü"])
      #expect(try await scene.control(.get, "/api/arrivals").body.contains("Fiyat düştü"))
      #expect(try await scene.control(.get, "/").body.contains("Fiyat düştü"))
      _ = try await scene.control(.post, "/admin/telegram/block?chat=77")
      #expect(try await scene.control(.post, "\(bot)/sendMessage", message, json).status == 403)
    }
  }

  @Test("The webhook receiver checks signatures and knows repeats", .timeLimit(.minutes(1)))
  func webhooks() async throws {
    try await Self.run { scene in
      _ = try await scene.control(.post, "/admin/hooks/a/secret?secret=whsec_1")
      let code = SHA256.authenticationCode(Array("\(Self.moment).{}".utf8), key: Array("whsec_1".utf8))
      let signature = "v1=" + code.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
      let headers: OutboundHeaders = [
        "fiyatradari-timestamp": "\(Self.moment)", "fiyatradari-signature": signature, "idempotency-key": "k",
      ]
      #expect(try await scene.control(.post, "/hooks/a", "{}", headers).status == 200)
      #expect(try await scene.control(.post, "/hooks/a", "{}", headers).status == 200)
      #expect(try await scene.control(.post, "/hooks/a", "{ }", headers).status == 401)
      #expect(try await scene.control(.post, "/hooks/a", "{}").status == 401)
      _ = try await scene.control(.post, "/admin/hooks/fail?count=1&status=503")
      #expect(try await scene.control(.post, "/hooks/a", "{}", headers).status == 503)
      #expect(scene.server.webhooks.arrivals.map(\.signature) == ["valid", "valid", "invalid", "unsigned"])
      #expect(scene.server.webhooks.arrivals.map(\.isRepeat) == [false, true, true, false])
    }
  }
}
