import ArgumentParser
import MeshMessages
import MeshRPC

/// `fiyat track URL`: watch what a page sells.
struct TrackCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "track", abstract: "Adds a product page, so that its price is watched.")

  @Argument(help: "The page, http or https.")
  var url: String

  @Option(help: "What the product is called until a person says better.")
  var title: String

  @Option(help: "The currency of the page's prices.")
  var currency = "TRY"

  @Option(help: "The shop; default: the page's host.")
  var shop: String?

  @Option(help: "How prices are written there, such as tr-TR; default: follows from the currency.")
  var locale = ""

  @Option(help: "Joins this product instead of making one.")
  var product: Int64?

  @OptionGroup var mesh: MeshOptions

  func run() async throws {
    let listing = CatalogV1.Listing(
      productId: product ?? 0, shop: try shop ?? Self.host(of: url), externalId: String(url.prefix(200)), url: url,
      currency: currency, locale: locale, priority: .hot, source: "page")
    let (title, product) = (title, product)
    let added = try await mesh.with(.catalog) { channel in
      let client = CatalogV1.CatalogService.Client(channel)
      if product != nil {
        return try await client.addListing(CatalogV1.AddListingRequest(listing: listing), options: callTimeout)
      }
      let created = try await client.createProduct(
        CatalogV1.CreateProductRequest(product: CatalogV1.Product(title: title, listings: [listing])),
        options: callTimeout)
      guard let made = created.listings.first else { throw FiyatError("the catalogue made no listing") }
      return made
    }
    print("product \(added.productId), listing \(added.id) of \(added.shop): checked within minutes")
  }

  /// The host of an address, as a shop's name.
  static func host(of url: String) throws -> String {
    let parts = url.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false)
    guard parts.count >= 3, parts[0] == "https:" || parts[0] == "http:", parts[1].isEmpty, !parts[2].isEmpty else {
      throw FiyatError("URL: expected an http or https address")
    }
    let host = parts[2].split(separator: ":")[0].lowercased()
    return String(host.hasPrefix("www.") ? host.dropFirst(4) : Substring(host))
  }
}
