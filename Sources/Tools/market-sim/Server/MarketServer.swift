internal import HTTPTransport
package import Logging
package import NIOCore

/// The demo market's servers: its own site, one for each shop on the ports behind it, and mail on the port behind those.
package final class MarketServer: Sendable {
  private let servers: [HTTPServer]
  private let sites: [(shop: MarketShop, server: HTTPServer)]
  package let world: MarketWorld
  package let faults: MarketFaults
  package let telegram: TelegramStandIn
  package let webhooks: WebhookReceiver
  package let mail: MailStandIn
  private let group: any EventLoopGroup
  private let place: (host: String, mailPort: Int)

  /// - Parameters:
  ///   - host: where to listen; a loopback address.
  ///   - port: of the market's own site; the shops take those behind it, in order. 0: any free ones, known after
  ///     `start`; the shops' pages then link to nowhere.
  package init(
    world: MarketWorld, clock: MarketClock, host: String, port: Int, group: any EventLoopGroup, logger: Logger,
    realTime: @escaping @Sendable () -> Int64 = { MarketClock.now() }
  ) {
    self.world = world
    faults = MarketFaults(clock: clock)
    telegram = TelegramStandIn()
    webhooks = WebhookReceiver()
    mail = MailStandIn(now: realTime)
    self.group = group
    place = (host, port == 0 ? 0 : port + 1 + MarketShop.allCases.count)
    let shops = MarketShop.allCases.map { (shop: $0, base: Self.base($0, host: host, port: port)) }
    let control = ControlSite(
      world: world, faults: faults, telegram: telegram, webhooks: webhooks, mail: mail, shops: shops, realTime: realTime
    )
    func server(_ port: Int, _ handler: @escaping AsyncHTTPHandler.Handler) -> HTTPServer {
      var configuration = HTTPServerConfiguration(address: .hostPort(host, port))
      configuration.maxConnections = 1_000
      return HTTPServer(
        configuration: configuration,
        handler: AsyncHTTPHandler(
          onError: { logger.warning("a request failed", metadata: ["error": "\($0)"]) }, handler: handler),
        group: group, logger: logger)
    }
    let own = server(port) { try await control.answer($0, $1, $2) }
    let faults = faults
    sites = shops.enumerated().map { index, shop in
      let site = ShopSite(shop: shop.shop, world: world, faults: faults, base: shop.base, realTime: realTime)
      let listener = server(port == 0 ? 0 : port + 1 + index) { request, _, writer in
        try await site.answer(request, writer)
      }
      return (shop: shop.shop, server: listener)
    }
    servers = [own] + sites.map(\.server)
  }

  /// Where a shop is when the market is on `port`.
  package static func base(_ shop: MarketShop, host: String, port: Int) -> String {
    "http://\(host):\(port == 0 ? 0 : port + 1 + Int(shop.number))"
  }

  /// The ports in use.
  package struct Ports: Sendable {
    package var control: Int
    package var shops: [MarketShop: Int]
    /// Of the stand-in for a mail server.
    package var mail = 0
  }

  /// - Throws: `HTTPTransportError` when a port is taken; those that were open are closed again.
  package func start() async throws -> Ports {
    do {
      let control = try await servers[0].start().port ?? 0
      var ports = Ports(control: control, shops: [:])
      for (shop, server) in sites { ports.shops[shop] = try await server.start().port ?? 0 }
      ports.mail = try await mail.start(host: place.host, port: place.mailPort, group: group)
      return ports
    } catch {
      await shutdown()
      throw error
    }
  }

  package func shutdown() async {
    for server in servers { await server.shutdown(grace: .zero) }
    await mail.shutdown()
  }
}
