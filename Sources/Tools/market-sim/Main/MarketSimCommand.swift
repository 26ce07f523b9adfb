import ArgumentParser
@preconcurrency import Dispatch
import Glibc
import Logging
import MarketSim
import NIOCore
import NIOPosix

/// A demo market: shops with prices that move, stand-ins for Telegram and a mail server, a receiver of webhooks.
@main
struct MarketSimCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "market-sim",
    abstract: "A demo market on loopback: shops, stand-ins for Telegram and a mail server, a webhook receiver.",
    subcommands: [Serve.self, Export.self, Selectors.self], defaultSubcommand: Serve.self)
}

/// What makes two runs the same market.
struct WorldOptions: ParsableArguments {
  @Option(help: "The same seed gives the same market.")
  var seed: UInt64 = 1

  @Option(help: "Products, 1 to 10,000.")
  var products = 60

  @Option(help: "Where the market listens; the shops' links begin so.")
  var host = "127.0.0.1"

  @Option(help: "The market's own port; the shops take the six behind it, mail the seventh.")
  var port = 7700

  func validate() throws {
    guard (1...10_000).contains(products) else { throw ValidationError("--products: expected 1 to 10,000") }
    guard (1...65_528).contains(port) else { throw ValidationError("--port: expected 1 to 65,528") }
  }

  var world: MarketWorld { MarketWorld(seed: seed, count: products) }
}

struct Serve: AsyncParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Opens the market until SIGTERM or SIGINT.")

  @OptionGroup var options: WorldOptions

  @Option(help: "How many times as fast as the world's the market's time runs, 1 to 100,000.")
  var speed: Int64 = 1

  @Option(help: "From when on it does, in seconds since 1970; default: now.")
  var origin: Int64?

  func validate() throws {
    guard (1...100_000).contains(speed) else { throw ValidationError("--speed: expected 1 to 100,000") }
  }

  func run() async throws {
    let logger = Logger(label: "market-sim")
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let signals = Self.stopSignals()
    let server = MarketServer(
      world: options.world, clock: MarketClock(origin: origin ?? MarketClock.now(), speed: speed), host: options.host,
      port: options.port, group: group, logger: logger)
    do {
      let ports = try await server.start()
      print("listening on \(options.host):\(ports.control)")
      for shop in MarketShop.allCases { print("shop \(shop.rawValue) on \(options.host):\(ports.shops[shop] ?? 0)") }
      print("mail on \(options.host):\(ports.mail)")
      fflush(nil)
    } catch {
      try await group.shutdownGracefully()
      throw error
    }
    for await _ in signals { break }
    await server.shutdown()
    try await group.shutdownGracefully()
  }

  /// SIGTERM and SIGINT as they come.
  private static func stopSignals() -> AsyncStream<Int32> {
    AsyncStream { continuation in
      let sources = [SIGTERM, SIGINT].map { number in
        signal(number, SIG_IGN)
        let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
        source.setEventHandler { continuation.yield(number) }
        source.resume()
        return source
      }
      continuation.onTermination = { _ in for source in sources { source.cancel() } }
    }
  }
}

struct Export: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Writes the market's past in the import format: OUT/<shop>/products.csv and prices.csv.")

  @OptionGroup var options: WorldOptions

  @Option(help: "Days of history, 1 to 1,000.")
  var days = 120

  @Option(help: "Its end, in seconds since 1970; default: now.")
  var until: Int64?

  @Option(help: "The folder to write to; made if it is missing.")
  var out: String

  func validate() throws {
    guard (1...1_000).contains(days) else { throw ValidationError("--days: expected 1 to 1,000") }
  }

  func run() throws {
    let (host, port) = (options.host, options.port)
    let export = HistoryExport(
      world: options.world, days: days, until: until ?? MarketClock.now(),
      base: { MarketServer.base($0, host: host, port: port) })
    try TextFile.makeFolder(out)
    for shop in MarketShop.allCases {
      let folder = "\(out)/\(shop.rawValue)"
      try TextFile.makeFolder(folder)
      try TextFile.write(export.products(of: shop), to: "\(folder)/products.csv")
      try TextFile.write(export.prices(of: shop), to: "\(folder)/prices.csv")
    }
  }
}

struct Selectors: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Prints the selectors that reading the market's shops without markup takes.")

  func run() { print(ShopSelectorsFile.json, terminator: "") }
}
