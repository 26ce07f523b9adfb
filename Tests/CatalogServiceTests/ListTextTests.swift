import MeshMessages
import Testing

@testable import CatalogService

@Suite("Texts of lists")
struct ListTextTests {
  /// Every shape of a plain list but for its size: what is asked for by bits, the values by `variant`.
  private static func queries(variant: Int64) throws -> [ProductQuery] {
    var queries: [ProductQuery] = []
    let orders: [CatalogV1.ProductOrder] = [.newest, .price, .priceDescending, .discount, .updated]
    for bits in 0..<(1 << 9) {
      func asked(_ bit: Int) -> Bool { bits >> bit & 1 == 1 }
      var filter = CatalogV1.ProductFilter()
      if asked(0) { filter.category = "c\(variant)" }
      if asked(1) { filter.brand = "b\(variant)" }
      if asked(2) { filter.shop = "s\(variant)" }
      if asked(2) && asked(3) { filter.externalId = "x\(variant)" }
      if asked(4) { filter.currency = "TR\(variant == 1 ? "Y" : "X")" }
      if asked(4) && asked(5) { filter.minPrice = 10 + variant }
      if asked(4) && asked(6) { filter.maxPrice = 1000 + variant }
      if asked(7) { filter.minDiscountBasisPoints = UInt32(500 + variant) }
      if asked(8) { filter.status = .retired }
      for order in orders where asked(4) || (order != .price && order != .priceDescending) {
        var query = try ProductQuery(CatalogV1.ListProductsRequest(filter: filter, order: order))
        queries.append(query)
        query.after = PageToken(key: 100 + variant, id: 7 + variant)
        queries.append(query)
      }
    }
    return queries
  }

  @Test("A text that is kept is the one that its query would be given, with the query's own values")
  func keptTexts() throws {
    let texts = ListTexts()
    let first = try Self.queries(variant: 1)
    let second = try Self.queries(variant: 2)
    for query in first { _ = ProductListStatement(query, texts: texts) }
    for (index, query) in second.enumerated() {
      // Texts are forgotten between, so each is kept anew by the other query of its shape.
      _ = ProductListStatement(first[index], texts: texts)
      let kept = ProductListStatement(query, texts: texts)
      let fresh = ProductListStatement(query, texts: nil)
      #expect(kept.sql == fresh.sql)
      #expect("\(kept.values)" == "\(fresh.values)")
      #expect(kept.sql == ProductListStatement(first[index], texts: nil).sql)
      if query.after != nil || query.minimumDiscount ?? 1 > 1 {
        #expect("\(kept.values)" != "\(ProductListStatement(first[index], texts: nil).values)")
      }
    }
  }

  @Test("Pages of two sizes have texts of their own")
  func sizes() throws {
    let texts = ListTexts()
    var query = try ProductQuery(CatalogV1.ListProductsRequest())
    #expect(ProductListStatement(query, texts: texts).sql.contains("LIMIT 21"))
    query.size = 50
    #expect(ProductListStatement(query, texts: texts).sql.contains("LIMIT 51"))
  }

  @Test("Who asks for all shapes does not have all texts kept")
  func bounded() throws {
    let texts = ListTexts()
    for query in try Self.queries(variant: 1) {
      _ = ProductListStatement(query, texts: texts)
      #expect(texts.count <= ListTexts.maximum)
    }
  }

  @Test("A list's token is the same in every version")
  func tokens() throws {
    var filter = CatalogV1.ProductFilter(category: "elektronik/kulaklık", brand: "Sony", shop: "a", currency: "TRY")
    filter.minPrice = 100
    let query = try ProductQuery(CatalogV1.ListProductsRequest(filter: filter, order: .price))
    #expect(query.token(key: -5, id: 77) == "015e52fb544125b549fffffffffffffffb000000000000004d")
    let search = try ProductQuery(CatalogV1.SearchProductsRequest(query: "mavi IŞIK"))
    #expect(search.token(key: 1 << 40, id: .max) == "018f9fadafab69d3ad00000100000000007fffffffffffffff")
  }
}

@Suite("Texts of fields")
struct FieldTextTests {
  @Test(
    "Blanks around a text are taken away, and its characters counted",
    arguments: [
      ("abc", "abc"), (" abc", "abc"), ("abc ", "abc"), ("\u{A0}abc\u{3000}", "abc"), ("a b", "a b"), ("çay", "çay"),
      (" çay ", "çay"), ("👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦", "👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦"), ("~!~", "~!~"),
    ])
  func trimmed(text: String, expected: String) throws {
    #expect(try FieldRules.text(text, "title", 1...3) == expected)
  }

  @Test(
    "Control characters, and too few or too many characters, are refused",
    arguments: ["", " ", "abcd", "çayı", "a\n", "a\u{7F}", "\u{0}", "\u{85}", "a\tb", "👩‍👩‍👧‍👦abc"])
  func refused(text: String) {
    #expect(throws: InvalidField.self) { try FieldRules.text(text, "title", 1...3) }
  }
}
