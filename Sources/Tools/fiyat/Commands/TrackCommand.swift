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

  @Option(help: "Seconds to wait for the first look at the page, 0 to 300; 0: do not wait.")
  var wait = 20

  @OptionGroup var mesh: MeshOptions

  func validate() throws {
    guard (0...300).contains(wait) else { throw ValidationError("--wait: expected 0 to 300") }
  }

  func run() async throws {
    let added = try await add()
    let place = "product \(added.productId), listing \(added.id) of \(added.shop)"
    guard wait > 0, let run = try await firstRun(of: added.id) else {
      return print("\(place): checked within minutes")
    }
    switch run.outcome {
    case .succeeded: print("\(place): its price is watched")
    case .forbiddenAddress:
      // Nobody may ever call it: what was added for it goes again.
      try await remove(added)
      throw FiyatError("URL: expected the page of a public shop: \(run.detail); it is not tracked")
    default: print("\(place): the first look failed (\(run.detail)), further ones follow")
    }
  }

  private func add() async throws -> CatalogV1.Listing {
    let listing = CatalogV1.Listing(
      productId: product ?? 0, shop: try shop ?? Self.host(of: url), externalId: String(url.prefix(200)), url: url,
      currency: currency, locale: locale, priority: .hot, source: "page")
    let (title, product) = (title, product)
    return try await mesh.with(.catalog) { channel in
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
  }

  private func remove(_ listing: CatalogV1.Listing) async throws {
    let isOurs = product == nil
    try await mesh.with(.catalog) { channel in
      let client = CatalogV1.CatalogService.Client(channel)
      if isOurs {
        _ = try await client.deleteProduct(CatalogV1.DeleteProductRequest(id: listing.productId), options: callTimeout)
      } else {
        _ = try await client.removeListing(CatalogV1.RemoveListingRequest(id: listing.id), options: callTimeout)
      }
    }
  }

  /// Has the listing looked at now, as soon as pricing has heard of it, and waits for what comes of it.
  /// - Returns: nil when that takes longer than `wait`.
  private func firstRun(of listing: Int64) async throws -> PricingV1.Run? {
    let end = ContinuousClock.now + .seconds(wait)
    return try await mesh.with(.pricing) { channel in
      let pricing = PricingV1.PricingService.Client(channel)
      let scheduler = PricingV1.SchedulerService.Client(channel)
      var isAsked = false
      while ContinuousClock.now < end {
        if !isAsked {
          do {
            _ = try await pricing.checkNow(PricingV1.CheckNowRequest(listingId: listing), options: callTimeout)
            isAsked = true
          } catch let error as RPCError where error.code == .notFound {
            // The catalogue's event is on its way.
          }
        }
        let runs = try await scheduler.listRuns(PricingV1.ListRunsRequest(listingId: listing), options: callTimeout)
        if let run = runs.runs.first { return run }
        try await Task.sleep(for: .milliseconds(100))
      }
      return nil
    }
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
