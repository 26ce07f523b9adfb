import Testing

@testable import PricingService

@Suite("Reading a product page")
struct PageReaderTests {
  static let listing = SourceListing(
    listingID: 1, shop: "atlas", externalID: "A-1", url: "https://shop.example/p/a-1", currency: "TRY", locale: "tr-TR")

  static func read(
    _ html: String, _ listing: SourceListing = listing, selectors: String? = nil
  ) throws -> SourceObservation {
    let places = try selectors.map { try ShopSelectors.all(json: Array($0.utf8)) }
    return try PageReader().read(
      Array(html.utf8), charset: "utf-8", listing: listing, selectors: places?[listing.shop])
  }

  static func linked(_ json: String) -> String { "<script type='application/ld+json'>\(json)</script>" }

  @Test("JSON-LD: graph, arrays, numbers, list price, seller, availability")
  func linkedData() throws {
    let html = Self.linked(
      """
      {"@context":"https://schema.org","@graph":[{"@type":"WebPage"},{"@type":["Product","Thing"],"sku":"A-1",
      "description":"line
      break","offers":[{"@type":"Offer","price":1299.9,"priceCurrency":"TRY","availability":"http://schema.org/InStock",
      "seller":{"name":"Atlas"},"priceSpecification":[{"@type":"UnitPriceSpecification",
      "priceType":"https://schema.org/ListPrice","price":"1999.00","priceCurrency":"TRY"}]}]}]}
      """)
    #expect(
      try Self.read(html)
        == SourceObservation(
          price: 129_990, currency: "TRY", listPrice: 199_900, availability: .inStock, seller: "Atlas"))
  }

  @Test(
    "Prices in JSON-LD are exact",
    arguments: [
      ("1299", 129_900), ("1299.00", 129_900), ("1.2999e3", 129_990), ("19.989999999999998", 1_999),
      ("\"1299.90\"", 129_990), ("\"1.299,90\"", 129_990), ("\"₺1.299,90\"", 129_990), ("\"1,299.90\"", 129_990),
      ("\"1.299 TL\"", 129_900),
    ])
  func prices(value: String, expected: Int64) throws {
    let html = Self.linked("{\"@type\":\"Product\",\"offers\":{\"price\":\(value),\"priceCurrency\":\"TRY\"}}")
    #expect(try Self.read(html).price == expected)
  }

  @Test("A price that can be read in two ways is none", arguments: ["\"1.299\"", "\"1,299\"", "0", "\"-5\"", "19.995"])
  func doubtfulPrices(value: String) {
    let html = Self.linked("{\"@type\":\"Product\",\"offers\":{\"price\":\(value),\"priceCurrency\":\"TRY\"}}")
    #expect(throws: SourceError.self) { try Self.read(html) }
  }

  @Test("Of several offers, the lowest that can be delivered counts; used ones do not")
  func severalOffers() throws {
    let html = Self.linked(
      """
      {"@type":"Product","offers":{"@type":"AggregateOffer","lowPrice":"1","highPrice":"9","priceCurrency":"TRY","offers":[
      {"price":"90","priceCurrency":"TRY","availability":"OutOfStock"},
      {"price":"70","priceCurrency":"TRY","itemCondition":"https://schema.org/UsedCondition"},
      {"price":"120","priceCurrency":"TRY","availability":"InStock","seller":"B"},
      {"price":"110","priceCurrency":"TRY","availability":"InStock","seller":"A"}]}}
      """)
    let found = try Self.read(html)
    #expect(found.price == 11_000)
    #expect(found.seller == "A")
  }

  @Test("The high price of an AggregateOffer is no list price")
  func aggregate() throws {
    let html = Self.linked(
      "{\"@type\":\"Product\",\"offers\":{\"@type\":\"AggregateOffer\",\"lowPrice\":100,\"highPrice\":150,\"priceCurrency\":\"TRY\"}}"
    )
    let found = try Self.read(html)
    #expect(found.price == 10_000)
    #expect(found.listPrice == nil)
  }

  @Test("The product that is the listing counts, and without one several prices are none")
  func severalProducts() throws {
    func page(_ sku: String) -> String {
      Self.linked(
        """
        [{"@type":"Product","sku":"B-2","offers":{"price":"5","priceCurrency":"TRY"}},
        {"@type":"Product","sku":"\(sku)","offers":{"price":"7","priceCurrency":"TRY"}}]
        """)
    }
    #expect(try Self.read(page("A-1")).price == 700)
    #expect(throws: SourceError.self) { try Self.read(page("C-3")) }
  }

  @Test("Variants of a group are products")
  func variants() throws {
    let html = Self.linked(
      """
      {"@type":"ProductGroup","hasVariant":[
      {"@type":"Product","sku":"A-1","offers":{"price":"7","priceCurrency":"TRY"}},
      {"@type":"Product","sku":"A-2","offers":{"price":"8","priceCurrency":"TRY"}}]}
      """)
    #expect(try Self.read(html).price == 700)
  }

  @Test("References by @id are followed, and circles end")
  func references() throws {
    let html = Self.linked(
      """
      {"@graph":[{"@type":"Product","@id":"#p","offers":{"@id":"#o"},"isRelatedTo":{"@id":"#p"}},
      {"@type":"Offer","@id":"#o","price":"7","priceCurrency":"TRY","itemOffered":{"@id":"#p"}}]}
      """)
    #expect(try Self.read(html).price == 700)
  }

  @Test("Another currency is not taken for the listing's, nor is a lower kind of markup that names none")
  func currency() {
    let html =
      Self.linked("{\"@type\":\"Product\",\"offers\":{\"price\":\"7\",\"priceCurrency\":\"EUR\"}}")
      + "<meta property='product:price:amount' content='7'>"
    #expect(throws: SourceError.self) { try Self.read(html) }
  }

  @Test("Out of stock without a price is an observation, no price at all is none")
  func outOfStock() throws {
    let html = Self.linked("{\"@type\":\"Product\",\"offers\":{\"availability\":\"https://schema.org/SoldOut\"}}")
    #expect(try Self.read(html) == SourceObservation(price: nil, currency: "TRY", availability: .outOfStock))
    #expect(throws: SourceError.self) { try Self.read("<p>1.299,00 TL</p>") }
  }

  @Test("Microdata: nested things, content, href, shown text")
  func microdata() throws {
    let html = """
      <div itemscope itemtype="http://schema.org/Product"><span itemprop="name">x</span>
      <div itemprop="offers" itemscope itemtype="http://schema.org/Offer"><meta itemprop="priceCurrency" content="TRY">
      <b itemprop="price">1.299,90 TL</b><link itemprop="availability" href="http://schema.org/PreOrder">
      <span itemprop="seller" itemscope><i itemprop="name">Atlas</i></span></div>
      <div itemprop="isRelatedTo" itemscope itemtype="http://schema.org/Product"><div itemprop="offers" itemscope>
      <b itemprop="price" content="5">5</b></div></div></div>
      """
    #expect(
      try Self.read(html)
        == SourceObservation(price: 129_990, currency: "TRY", availability: .preorder, seller: "Atlas"))
  }

  @Test("OpenGraph: price, sale price, availability")
  func openGraph() throws {
    let html = """
      <meta property="product:price:amount" content="1999.00"><meta property="product:sale_price:amount" content="1499.00">
      <meta property="product:price:currency" content="TRY"><meta property="og:availability" content="instock">
      """
    #expect(
      try Self.read(html)
        == SourceObservation(price: 149_900, currency: "TRY", listPrice: 199_900, availability: .inStock))
  }

  @Test("JSON-LD counts before microdata and OpenGraph; those fill in what it leaves out")
  func conflict() throws {
    let html =
      Self.linked("{\"@type\":\"Product\",\"offers\":{\"price\":\"7\",\"priceCurrency\":\"TRY\"}}") + """
        <meta property="product:price:amount" content="9"><meta property="product:availability" content="oos">
        """
    #expect(
      try Self.read(html) == SourceObservation(price: 700, currency: "TRY", availability: .outOfStock))
  }

  @Test("A shop's selectors count before its markup, and what they do not find is not taken from elsewhere")
  func selectors() throws {
    let json = """
      {"shops":{"atlas":{"price":{"css":".now"},"list_price":{"xpath":"//del"},
      "availability":{"css":"#s","in_stock":["Stokta"],"out_of_stock":["Stokta yok"]}}}}
      """
    let markup = Self.linked("{\"@type\":\"Product\",\"offers\":{\"price\":\"7\",\"priceCurrency\":\"TRY\"}}")
    let page = markup + "<del>2.000 TL</del><p class=now>1.499,90 TL</p><p class=now>1.499,90 TL</p><i id=s>Stokta</i>"
    #expect(
      try Self.read(page, selectors: json)
        == SourceObservation(price: 149_990, currency: "TRY", listPrice: 200_000, availability: .inStock))
    #expect(throws: SourceError.self) { try Self.read(markup + "<i id=s>Stokta</i>", selectors: json) }
    #expect(throws: SourceError.self) {
      try Self.read(markup + "<p class=now>10 TL</p><p class=now>11 TL</p>", selectors: json)
    }
    #expect(
      try Self.read("<i id=s>Stokta yok</i>", selectors: json)
        == SourceObservation(price: nil, currency: "TRY", availability: .outOfStock))
  }

  @Test(
    "A bad configuration of selectors names the field",
    arguments: [
      ("{}", "shops"), ("{\"shops\":{\"a\":1}}", "a"), ("{\"shops\":{\"a\":{\"prize\":{}}}}", "a.prize"),
      ("{\"shops\":{\"a\":{\"price\":{\"css\":\"p:hover\"}}}}", "a.price"),
      ("{\"shops\":{\"a\":{\"price\":{}}}}", "a.price"),
      ("{\"shops\":{\"a\":{\"decimal_separator\":\";\"}}}", "a.decimal_separator"), ("{", ""),
    ])
  func badSelectors(json: String, field: String) {
    #expect { try ShopSelectors.all(json: Array(json.utf8)) } throws: { ($0 as? ShopSelectorsError)?.field == field }
  }

  @Test("JSON beyond the limits is refused")
  func json() throws {
    #expect(throws: JSONError.self) { try JSONText.parse(Array(String(repeating: "[", count: 100_000).utf8)) }
    #expect(throws: JSONError.self) {
      try JSONText.parse(Array(("[" + String(repeating: "1,", count: 60_000) + "1]").utf8))
    }
    for text in ["01", "1.", "[1,]", "{\"a\":1,}", "\"\\ud800\"", "\"\\x\"", "nul", "1 2", "", "'a'", "+1", ".5"] {
      #expect(throws: JSONError.self, "\(text)") { try JSONText.parse(Array(text.utf8)) }
    }
    #expect(try JSONText.parse(Array("\"\\ud83d\\ude00\\u015f\"".utf8)) == .string("😀ş"))
  }
}
