import MeshMessages
import PostgresClient
import ProtobufBridge
import TestSupport
import Testing

@testable import CatalogService

@Suite("Plans of the catalogue's statements")
struct PlanTests {
  private static let count = 6000
  private static let largeTables: Set<String> = ["product", "product_price", "listing", "listing_price"]

  /// Whatever the values are, and for these values: a prepared statement may come to use either.
  @Test(
    "No list, search, lookup or write reads a whole large table, or more rows than it needs",
    .timeLimit(.minutes(2)))
  func indexBound() async throws {
    let server = try await PrivatePostgres.start(settings: PlanLog.settings)
    let database = try await CatalogFixture.database(on: server)
    try await CatalogFixture.with(database) { catalog in
      try await Self.fill(catalog)
      try await catalog.pool.execute("ANALYZE")
    }
    for mode in ["force_custom_plan", "force_generic_plan"] {
      let options = "-c plan_cache_mode=\(mode)"
      var log = PlanLog(server)
      try await CatalogFixture.with(database, options: options) { try await Self.read($0) }
      let reads = log.plans()
      #expect(reads.count > 50)
      for plan in reads { #expect(plan.mostRowsRead <= 1500, "\(mode): \(plan)") }
      try await CatalogFixture.with(database, options: options) { catalog in
        try await Self.search(catalog)
        try await Self.write(catalog, mode)
      }
      let others = log.plans()
      #expect(others.count > 200)
      for plan in reads + others {
        #expect(Self.largeTables.isDisjoint(with: plan.sequentialScans(over: 1000)), "\(mode): \(plan)")
      }
    }
    try await server.tearDown()
  }

  /// 20 categories, 100 brands, two large shops and 200 small ones, a price for each, deals for every tenth.
  private static func fill(_ catalog: CatalogFixture) async throws {
    for start in stride(from: 0, to: count, by: 3000) {
      let outcome = try await catalog.load(
        (start..<start + 3000).map {
          CatalogFixture.row(
            "\($0)", "Ürün \(word($0)) \($0)", category: "Ana > Alt \($0 % 20)", brand: "Marka \($0 % 100)",
            shop: $0 % 10 == 0 ? "kucuk-\($0 % 2000 / 10)" : "buyuk-\($0 % 2)")
        })
      #expect(outcome.created == 3000)
      let prices = (start + 1...start + 3000).map { (listing: Int64($0), price: Int64(1000 + $0 * 7919 % 100_000)) }
      try await catalog.price(prices.filter { $0.listing % 10 != 0 })
      try await catalog.price(prices.filter { $0.listing % 10 == 0 }, discount: 1500)
    }
  }

  @Test("What an import writes is found without reading the table of listings, though nothing is known of its size")
  func importBound() async throws {
    try await CatalogFixture.with { catalog in
      _ = try await catalog.load((0..<3000).map { CatalogFixture.row("\($0)", "Ürün \($0)") })
      let rows = try await catalog.pool.read("EXPLAIN \(CatalogStore.giveOwners)", [[Int64(1), 2], [Int64(3), 4]])
      let plan = try rows.scalars(String.self).joined(separator: "\n")
      #expect(!plan.contains("listing_pkey") && !plan.contains("Scan on listing"), "\(plan)")
    }
  }

  private static func word(_ number: Int) -> String {
    String(String(number, radix: 26).map { Character(Unicode.Scalar(97 + UInt8($0.hexDigitValue ?? 7))) })
  }

  /// Every kind of list with each filter that goes with it, the second page too, searches, suggestions and lookups.
  private static func read(_ catalog: CatalogFixture) async throws {
    let filters = [
      CatalogV1.ProductFilter(), CatalogV1.ProductFilter(category: "ana"),
      CatalogV1.ProductFilter(category: "ana/alt-3"), CatalogV1.ProductFilter(brand: "Marka 7"),
      CatalogV1.ProductFilter(category: "ana/alt-7", brand: "Marka 7"),
      CatalogV1.ProductFilter(shop: "kucuk-7", externalId: "70"),
      .with { $0.minPrice = 50_000 }, .with { ($0.minPrice, $0.maxPrice) = (50_000, 50_100) },
      .with { ($0.category, $0.minPrice, $0.maxPrice) = ("ana", 90_000, 90_100) }, .with { $0.onSale = true },
      .with { ($0.category, $0.minDiscountBasisPoints) = ("ana/alt-10", 1000) }, .with { $0.status = .retired },
    ]
    for order in [CatalogV1.ProductOrder.newest, .price, .priceDescending, .discount, .updated] {
      for var filter in filters {
        filter.currency = "TRY"
        // Few prices by another order: bounded by the products in that range.
        if filter.maxPrice != nil, order != .price, order != .priceDescending { continue }
        var request = CatalogV1.ListProductsRequest(filter: filter, order: order)
        let first = try await catalog.store.page(ProductQuery(request))
        guard !first.next.isEmpty else { continue }
        request.page = CommonV1.Page(size: 20, token: first.next)
        _ = try await catalog.store.page(ProductQuery(request))
      }
    }
    for prefix in ["u", "urun h", "marka 7", "alt"] { _ = try await catalog.store.suggestions(prefix, limit: 8) }
    _ = try await catalog.store.products([1, 77, 5000], includeListings: true)
    _ = try await catalog.store.categories(below: "")
  }

  /// Searches, also for what every product has, and lists of a shop or of few prices: bounded by the products that have
  /// them.
  private static func search(_ catalog: CatalogFixture) async throws {
    let filters = [
      CatalogV1.ProductFilter(shop: "kucuk-7", currency: "TRY"),
      CatalogV1.ProductFilter(shop: "buyuk-1", currency: "TRY"),
      .with { ($0.currency, $0.minPrice, $0.maxPrice) = ("TRY", 50_000, 50_100) },
      .with { ($0.currency, $0.category, $0.minPrice, $0.maxPrice) = ("TRY", "ana", 90_000, 90_100) },
    ]
    for filter in filters {
      for order in [CatalogV1.ProductOrder.newest, .price, .discount, .updated] {
        _ = try await catalog.store.page(ProductQuery(CatalogV1.ListProductsRequest(filter: filter, order: order)))
      }
    }
    let common = ["urun", "marka", "markali"].map { CommonWords.Word(text: $0, products: 1_000_000) }
    for words in [CommonWords(), CommonWords(common)] {
      catalog.store.commonWords.words = words
      for text in ["hhb", "urun", "marka 7 hhb", "urun mark", "ürnu hbb", "zzzz"] {
        for order in [CatalogV1.ProductOrder.relevance, .newest, .price] {
          for var filter in [
            CatalogV1.ProductFilter(), CatalogV1.ProductFilter(category: "ana/alt-3"),
            CatalogV1.ProductFilter(brand: "Marka 7"), CatalogV1.ProductFilter(shop: "kucuk-7"),
          ] {
            filter.currency = "TRY"
            _ = try await catalog.store.page(
              ProductQuery(CatalogV1.SearchProductsRequest(query: text, filter: filter, order: order)))
          }
        }
      }
    }
  }

  /// Imports of new, known and changed rows, prices, and each single change.
  private static func write(_ catalog: CatalogFixture, _ mode: String) async throws {
    for title in ["Yeni \(mode)", "Yeni \(mode)", "Yeni 2 \(mode)"] {
      _ = try await catalog.load(
        (0..<50).map { CatalogFixture.row("\(mode)-\($0)", "\(title) \($0)", shop: "buyuk-1") })
    }
    _ = try await catalog.load((100..<150).map { CatalogFixture.row("\($0)", "Ürün \(mode)", shop: "buyuk-1") })
    try await catalog.price((1...50).map { ($0, 5000 + $0) })
    let row = try ImportRow(CatalogFixture.row("tek-\(mode)", "Tek \(mode)"))
    let id = try await catalog.store.create(row.product, [row.listing])
    try await catalog.store.update(id, expectedVersion: 0) { stored in
      try ProductDraft(ProductMask(["title"]).merged(stored, with: CatalogV1.Product(title: "Başka \(mode)")))
    }
    var second = row.listing
    second.externalID += "-2"
    let listing = try await catalog.store.addListing(second, to: id)
    try await catalog.store.removeListing(listing.id)
    try await catalog.store.delete(id)
  }
}
