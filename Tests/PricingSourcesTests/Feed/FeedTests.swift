import Testing

@testable import PricingService

@Suite("Merchant feeds")
struct FeedTests {
  static func read(_ text: String, size: Int = .max, locale: String = "") -> [FeedElement] {
    let reader = FeedReader(locale: locale)
    var found: [FeedElement] = []
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      reader.append(Array(rest.prefix(size)))
      rest = rest.dropFirst(size)
      while let element = reader.next() { found.append(element) }
    }
    reader.finish()
    while let element = reader.next() { found.append(element) }
    return found
  }

  static func item(_ id: String, _ configure: (inout FeedItem) -> Void = { _ in }) -> FeedElement {
    var item = FeedItem()
    item.id = id
    item.currency = "TRY"
    configure(&item)
    return .item(item)
  }

  @Test("A table with tabs, a bad row reported, the rest read", arguments: [1, 5, Int.max])
  func tabs(size: Int) {
    let text =
      "id\ttitle\tprice\tsale price\tavailability\n1\t\"a\tb\"\t1999.00 TRY\t1499.00 TRY\tin stock\n2\tx\tfree\t\tin_stock\n"
      + "3\ty\t\t\tout_of_stock\n"
    #expect(
      Self.read(text, size: size) == [
        Self.item("1") {
          $0.title = "a b"
          $0.price = 199_900
          $0.salePrice = 149_900
          $0.availability = .inStock
        },
        .fault(FeedFault(line: 3, reason: "price: expected an amount and a currency, such as 1299.00 TRY")),
        .item(
          {
            var item = FeedItem()
            item.id = "3"
            item.title = "y"
            item.availability = .outOfStock
            return item
          }()),
      ])
  }

  @Test("RSS and Atom, with and without Google's prefix", arguments: [1, 7, Int.max])
  func xml(size: Int) {
    let rss = """
      <?xml version="1.0"?><rss xmlns:g="http://base.google.com/ns/1.0"><channel><title>shop</title>
      <item><g:id>1</g:id><title><![CDATA[a & b]]></title><link>https://s.example/1?a=1&amp;b=2</link>
      <g:price>10.00 TRY</g:price><g:shipping><g:price>5 TRY</g:price></g:shipping></item>
      <item><g:id>2</g:id></item></channel></rss>
      """
    #expect(
      Self.read(rss, size: size) == [
        Self.item("1") {
          $0.title = "a & b"
          $0.link = "https://s.example/1?a=1&b=2"
          $0.price = 1_000
        }, .fault(FeedFault(line: 4, reason: "price: missing")),
      ])
    let atom = """
      <feed xmlns="http://www.w3.org/2005/Atom"><entry><id>1</id><link href="https://s.example/1"/>
      <price xmlns="http://base.google.com/ns/1.0">1.299,00 TL</price></entry></feed>
      """
    #expect(
      Self.read(atom, size: size, locale: "tr-TR") == [
        Self.item("1") {
          $0.link = "https://s.example/1"
          $0.price = 129_900
        }
      ])
  }

  @Test("A document type declaration ends the reading, and no entity is replaced")
  func bomb() {
    let text = """
      <!DOCTYPE r [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><rss><item><id>&b;</id></item></rss>
      """
    let found = Self.read(text)
    #expect(found.count == 1)
    guard case .fault(let fault)? = found.first else {
      Issue.record("expected a fault")
      return
    }
    #expect(fault.reason.contains("document type"))
  }

  @Test("XML that breaks off keeps what came before and says so")
  func brokenXML() {
    let found = Self.read("<rss><item><id>1</id><price>1 TRY</price></item><item></rss>")
    #expect(found.first == Self.item("1") { $0.price = 100 })
    #expect(found.last == .fault(FeedFault(line: 1, reason: "not well-formed XML")))
  }

  @Test("A sale holds between its dates")
  func saleDates() {
    let text =
      "id,price,sale_price,sale_price_effective_date\n1,20 TRY,15 TRY,2026-11-24T08:00+0300/2026-11-25T00:00Z\n"
    guard case .item(let item)? = Self.read(text).first else {
      Issue.record("expected an item")
      return
    }
    let start: Int64 = 1_795_496_400
    #expect(item.saleFrom == start)
    for (moment, price, list) in [
      (start - 1, 2_000, Int64?.none), (start, 1_500, 2_000), (start + 19 * 3_600, 2_000, nil),
    ] {
      #expect(item.prices(at: moment).price == Int64(price))
      #expect(item.prices(at: moment).listPrice == list)
    }
  }

  @Test(
    "What is wrong with a row is named",
    arguments: [
      (",1 TRY,", "id: expected 1 to 200 bytes"), ("1,0 TRY,", "price: expected more than zero"),
      ("1,1.299 TRY,", "price: expected an amount and a currency, such as 1299.00 TRY"),
      ("1,5,", "price: expected an amount and a currency, such as 1299.00 TRY"),
      ("1,5 TRY,maybe", "availability: expected in_stock, out_of_stock, preorder or backorder"),
    ])
  func faults(row: String, reason: String) {
    #expect(Self.read("id,price,availability\n\(row)\n") == [.fault(FeedFault(line: 2, reason: reason))])
  }

  @Test("A table without the columns is refused once", arguments: ["a,b\n1,2\n3,4\n", "", "<html>"])
  func noTable(text: String) {
    let found = Self.read(text)
    #expect(found.count == (text.isEmpty ? 0 : 1))
    #expect(throws: SourceError.self) { try FeedSnapshot.read(FeedReader(locale: ""), [Array(text.utf8)]) }
  }
}
