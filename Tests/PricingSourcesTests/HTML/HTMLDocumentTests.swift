import Testing

@testable import PricingService

@Suite("HTML")
struct HTMLDocumentTests {
  static func texts(_ css: String, in html: String) throws -> [String] {
    try HTMLDocument(Array(html.utf8)).select(CSSSelector.xpath(css)).map(\.visibleText)
  }

  @Test(
    "Encodings are found by field, by meta, by the bytes",
    arguments: [
      (Array("<p>kulaklık ş</p>".utf8), String?.none, "", "kulaklık ş"),
      ([0xef, 0xbb, 0xbf] + Array("<p>ığ</p>".utf8), "windows-1254", "", "ığ"),
      (Array("<p>kulakl".utf8) + [0xfd, 0x6b, 0x20, 0xfe] + Array("</p>".utf8), "windows-1254", "", "kulaklık ş"),
      (Array("<p>".utf8) + [0xfd, 0xdd] + Array("</p>".utf8), "ISO-8859-9", "", "ıİ"),
      (
        Array("<meta http-equiv='Content-Type' content='text/html; charset=iso-8859-9'><p>".utf8) + [0xf0]
          + Array("</p>".utf8),
        nil, "", "ğ"
      ),
      (Array("<meta charset=windows-1254><p>".utf8) + [0xfe] + Array("</p>".utf8), nil, "", "ş"),
      (Array("<p>".utf8) + [0xfe] + Array("</p>".utf8), nil, "tr-TR", "ş"),
      (Array("<p>".utf8) + [0xe9] + Array("</p>".utf8), "no-such-charset", "fr-FR", "é"),
      ([0xff, 0xfe] + "<p>ş</p>".utf16.flatMap { [UInt8($0 & 0xff), UInt8($0 >> 8)] }, nil, "", "ş"),
      (Array("<p>a\u{0}b".utf8) + [0xff] + Array("</p>".utf8), "utf-8", "", "a b\u{fffd}"),
    ])
  func encodings(bytes: [UInt8], charset: String?, locale: String, expected: String) throws {
    let document = try HTMLDocument(bytes, charset: charset, locale: locale)
    #expect(try document.select(CSSSelector.xpath("p")).map(\.visibleText) == [expected])
  }

  @Test("Pages over the limits are refused: bytes, elements, depth")
  func limits() {
    var limits = HTMLDocument.Limits()
    limits.bytes = 100_000
    limits.elements = 1_000
    limits.depth = 50
    func refuses(_ html: String) -> HTMLError.Code? {
      do {
        _ = try HTMLDocument(Array(html.utf8), limits: limits)
        return nil
      } catch {
        return error.code
      }
    }
    #expect(refuses(String(repeating: "a", count: 100_001)) == .tooLarge)
    #expect(refuses(String(repeating: "<b></b>", count: 1_001)) == .tooLarge)
    #expect(refuses(String(repeating: "<div>", count: 60)) == .tooLarge)
    #expect(refuses(String(repeating: "<div>", count: 40)) == nil)
    limits.depth = 1_000_000
    limits.elements = 1_000_000
    #expect(refuses(String(repeating: "<div>", count: 5_000)) == .tooLarge, "libxml2's own limit on depth")
  }

  @Test("Nothing is loaded and no entity is expanded")
  func entities() throws {
    let html = """
      <!DOCTYPE html [<!ENTITY x SYSTEM "file:///etc/hostname"><!ENTITY a "aaaa">]><p id=x>&x;&a;&amp;&#351;</p>
      """
    let text = try #require(try Self.texts("#x", in: html).first)
    #expect(text.hasSuffix("&ş"))
    #expect(!text.contains("aaaa"))
  }

  @Test(
    "CSS selects what CSS selects",
    arguments: [
      ("p", ["a", "b", "c"]), ("p.x", ["b"]), ("#m", ["c"]), ("div > p", ["a", "b"]), ("div p.x, #m", ["b", "c"]),
      ("[data-k]", ["b"]), ("[data-k=\"v 1\"]", ["b"]), ("[data-k^=v]", ["b"]), ("[data-k$='1']", ["b"]),
      ("[data-k*=' ']", ["b"]), ("p:first-child", ["a"]), ("p:nth-child(2)", ["b"]), ("p + p", ["b"]),
      ("section p", ["c"]), ("div > section", []), ("[class~=y]", ["b"]),
    ])
  func css(selector: String, expected: [String]) throws {
    let html = "<div><p>a</p><p class='x y' data-k='v 1'>b</p></div><section><p id=m>c</p></section>"
    #expect(try Self.texts(selector, in: html) == expected)
  }

  @Test("What is no selector is refused", arguments: ["", "p >", "p:hover", "[a=", "p..x", "a | b", "p[a='x]", ">p"])
  func badCSS(selector: String) {
    #expect(throws: HTMLError.self) { try CSSSelector.xpath(selector) }
  }

  @Test("XPath that is malformed or no selection is refused", arguments: ["//p[", "count(//p)", "", "//x:p"])
  func badXPath(expression: String) {
    #expect(throws: HTMLError.self) {
      try HTMLDocument(Array("<p>a</p>".utf8)).select(XPathExpression(expression))
    }
  }

  @Test("XPath that costs too much is stopped")
  func costlyXPath() throws {
    let document = try HTMLDocument(Array(String(repeating: "<p>a</p>", count: 20_000).utf8))
    let expression = try XPathExpression("//*[count(//*[count(//*) > 1]) > 1]")
    #expect(throws: HTMLError.self) { try document.select(expression) }
  }
}
