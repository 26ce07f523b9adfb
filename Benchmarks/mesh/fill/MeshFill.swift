import ArgumentParser
import MeshMessages
import MeshRPC
import RPCTools

/// Fills a mesh with products and a year of prices through its own services, and measures how fast they take them.
@main
struct MeshFill: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "mesh-fill", abstract: "Fills a mesh for benchmarks. Each command prints one JSON object.",
    subcommands: [FillProducts.self, FillPrices.self, ObserveAll.self, ListQueries.self])
}

struct FillOptions: ParsableArguments {
  @Option(help: "The number of products.")
  var products: Int64

  @Option(help: "Of all that is drawn.")
  var seed: UInt64 = 1

  var world: ProductWorld { ProductWorld(seed: seed) }

  func validate() throws {
    guard (1...100_000_000).contains(products) else { throw ValidationError("--products: expected 1 to 100,000,000") }
  }
}

/// `mesh-fill products`: ImportProducts, 5,000 rows a message.
struct FillProducts: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "products", abstract: "Imports all products.")

  @OptionGroup var options: FillOptions
  @Option(help: "The catalogue, HOST:PORT.") var catalog: String

  func run() async throws {
    let world = options.world
    let numbers = Array(stride(from: 0, to: options.products, by: 4000))
    let products = options.products
    let total = try await ClientProcess.withChannel(to: catalog) { channel in
      let client = CatalogV1.CatalogService.Client(channel)
      return try await Measured.run(numbers) { first in
        let rows = (first..<min(first + 4000, products)).flatMap { world.rows(of: $0) }
        return (CatalogV1.ImportProductsRequest(products: rows), rows.count)
      } send: { request in
        let response = try await client.importProducts(options: CallOptions(timeout: .seconds(300))) { writer in
          try await writer.write(request)
        }
        guard response.rejected == 0 else {
          throw FillError("\(response.rejected) rows rejected, first: \(response.rejections.first?.reason ?? "")")
        }
        return Int(response.created + response.updated + response.unchanged)
      }
    }
    print(total.json)
  }
}

/// `mesh-fill prices`: RecordObservations, a year of some 1,000 listings a message, as an archive is imported.
struct FillPrices: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "prices", abstract: "Records the year of all listings.")

  @OptionGroup var options: FillOptions
  @Option(help: "Pricing, HOST:PORT.") var pricing: String
  @Option(help: "The end of the year, seconds since 1970.") var until: Int64
  @Option(help: "Calls at the same time.") var calls = 2

  func run() async throws {
    let (world, end, products) = (options.world, until * 1000, options.products)
    let total = try await Recording.run(pricing, calls: calls, numbers: stride(from: 0, to: products, by: 800)) {
      first in
      (first..<min(first + 800, products)).flatMap { product in
        world.listings(of: product).flatMap { listing in
          PriceYear.observations(of: listing, until: end).map { PricingV1.Observation($0, of: listing, line: product) }
        }
      }
    }
    print(total.json)
  }
}

/// `mesh-fill observe`: one observation of each of many listings at one moment, as checks of shops give them.
struct ObserveAll: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "observe",
    abstract: "Records one more observation of the first product's listings and those behind it.")

  @OptionGroup var options: FillOptions
  @Option(help: "Pricing, HOST:PORT.") var pricing: String
  @Option(help: "The moment, seconds since 1970.") var at: Int64
  @Option(help: "How many products are looked at.") var count: Int64
  @Option(help: "How many in a hundred have another price.") var changed = 100
  @Option(help: "Calls at the same time.") var calls = 2

  func run() async throws {
    let (world, moment, changed, count) = (options.world, at * 1000, changed, min(count, options.products))
    // Numbers that have no factor in common with the count reach all products, in another order than they were made.
    let stepping: Int64 = 7919
    let total = try await Recording.run(pricing, calls: calls, numbers: stride(from: 0, to: count, by: 8000)) { first in
      (first..<min(first + 8000, count)).flatMap { index in
        world.listings(of: index * stepping % count).map { listing in
          var random = SplitMix64(seed: listing.seed &+ UInt64(bitPattern: moment))
          let last = PriceYear.observations(of: listing, until: moment).last { $0.price != nil }?.price
          var price = last ?? listing.regularPrice
          if Int.random(in: 0..<100, using: &random) < changed {
            price = PriceYear.displayed(price * Int64.random(in: 80...115, using: &random) / 100) + moment / 1000 % 90
          }
          return PricingV1.Observation(PriceYear.Seen(at: moment, price: price), of: listing, line: index)
        }
      }
    }
    print(total.json)
  }
}

/// `mesh-fill queries`: what people may search for, one a line.
struct ListQueries: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "queries", abstract: "Prints searches, one a line.")

  @OptionGroup var options: FillOptions
  @Option(help: "How many.") var count: Int64 = 1000

  func run() throws {
    let step = max(1, options.products / count)
    for index in 0..<count { print(options.world.query(for: (index * step + index) % options.products)) }
  }
}

struct FillError: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}
