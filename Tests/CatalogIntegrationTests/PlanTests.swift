import MeshMessages
import PostgresClient
import Testing

@testable import CatalogService

@Suite("Query plans of the catalogue")
struct PlanTests {
  @Test("No list, search or lookup reads a whole large table")
  func indexBound() async throws {
    try await CatalogFixture.with { catalog in
      let count = 15_000
      for start in stride(from: 0, to: count, by: 5000) {
        let outcome = try await catalog.load(
          (start..<start + 5000).map {
            CatalogFixture.row(
              "\($0)", "Ürün \(Self.word($0)) \($0)", category: "Ana > Alt \($0 % 20)", brand: "Marka \($0 % 100)")
          })
        #expect(outcome.created == 5000)
        try await catalog.price((start + 1...start + 5000).map { (Int64($0), Int64(1000 + $0 * 7919 % 100_000)) })
      }
      try await catalog.pool.execute("ANALYZE")
      for (name, statement) in try Self.statements() {
        let rows = try await catalog.pool.read("EXPLAIN \(statement.sql)", statement.values)
        let plan = try rows.scalars(String.self).joined(separator: "\n")
        for table in ["product", "product_price", "listing", "listing_price"] {
          #expect(!plan.contains("Seq Scan on \(table) "), "\(name):\n\(plan)")
        }
      }
    }
  }

  @Test("What an import writes is found without reading the table of listings, though nothing is known of its size")
  func importBound() async throws {
    try await CatalogFixture.with { catalog in
      _ = try await catalog.load((0..<3000).map { CatalogFixture.row("\($0)", "Ürün \($0)") })
      let texts = ["a", "b"]
      let rows = try await catalog.pool.read(
        "EXPLAIN \(CatalogStore.insertListings)",
        [[Int64(1), 2], texts, texts, texts, texts, texts, [Int16(0), 0], texts])
      let plan = try rows.scalars(String.self).joined(separator: "\n")
      #expect(!plan.contains("listing_pkey") && !plan.contains("Scan on listing"), "\(plan)")
    }
  }

  private static func word(_ number: Int) -> String {
    String(String(number, radix: 26).map { Character(Unicode.Scalar(97 + UInt8($0.hexDigitValue ?? 7))) })
  }

  private static func statements() throws -> [(String, ProductListStatement)] {
    var lists: [(String, CatalogV1.ListProductsRequest)] = []
    for order in [CatalogV1.ProductOrder.newest, .price, .priceDescending, .discount, .updated] {
      for category in ["", "ana", "ana/alt-3"] {
        let filter = CatalogV1.ProductFilter(category: category, currency: "TRY")
        lists.append(("\(order) in '\(category)'", CatalogV1.ListProductsRequest(filter: filter, order: order)))
      }
    }
    lists.append(("brand", CatalogV1.ListProductsRequest(filter: CatalogV1.ProductFilter(brand: "Marka 7"))))
    lists.append(
      ("external id", CatalogV1.ListProductsRequest(filter: CatalogV1.ProductFilter(shop: "a", externalId: "77"))))
    var statements = try lists.map { ($0.0, ProductListStatement(try ProductQuery($0.1))) }
    let search = try ProductQuery(CatalogV1.SearchProductsRequest(query: "hhb"))
    statements.append(("search", ProductListStatement(search)))
    statements.append(("likeness", ProductListStatement.similar(search)))
    return statements
  }
}
