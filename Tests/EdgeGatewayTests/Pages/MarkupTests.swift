import Testing

@testable import EdgeGateway

@Suite("Markup")
struct MarkupTests {
  private func text(_ html: HTML) -> String { String(decoding: html.bytes, as: UTF8.self) }

  @Test(
    "What is interpolated is text, in contents and in attributes",
    arguments: [
      ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"), ("a & b", "a &amp; b"),
      ("\" onload=\"x", "&quot; onload=&quot;x"), ("' x", "&#39; x"), ("ğüşİöç 🎧", "ğüşİöç 🎧"),
      ("\u{202e}abc", "\u{202e}abc"), ("\u{0}\u{b}\u{7f}", "\u{fffd}\u{fffd}\u{fffd}"), ("a\nb", "a\nb"),
      ("\u{fffe}\u{ffff}\u{fffd}\u{3ffff}", "\u{fffd}\u{fffd}\u{fffd}\u{3ffff}"),
      // An accent behind a mark makes one character of both, which is no mark to Swift and is one to a browser.
      ("\"\u{301} onmouseover=x", "&quot;\u{301} onmouseover=x"), ("<\u{301}b>", "&lt;\u{301}b&gt;"),
      ("&\u{20e3}", "&amp;\u{20e3}"), ("'\u{200d}", "&#39;\u{200d}"),
    ])
  func escaping(raw: String, escaped: String) {
    #expect(text("<a title=\"\(raw)\">\(raw)</a>") == "<a title=\"\(escaped)\">\(escaped)</a>")
    let none: String? = nil
    #expect(text("<a\("title", attribute: raw)\("id", attribute: none)>") == "<a title=\"\(escaped)\">")
  }

  @Test("Markup within markup stays as it is, and nothing is nothing")
  func nested() {
    let inner: HTML = "<b>\("<")</b>"
    let none: HTML? = nil
    #expect(text("<i>\(inner)\(none)\([inner, inner])\(7)</i>") == "<i><b>&lt;</b><b>&lt;</b><b>&lt;</b>7</i>")
    #expect(text([inner, inner].joined(", ")) == "<b>&lt;</b>, <b>&lt;</b>")
  }

  @Test(
    "Only addresses of the web are links",
    arguments: [
      ("https://a.example/x?y=1&z=2", true), ("HTTP://a.example", true), ("javascript:alert(1)", false),
      ("data:text/html,x", false), ("//a.example", false), ("/local", false), ("", false), ("https:a", false),
      ("https://a.example/ x", false), ("https://a\u{0}", false), ("vbscript:x", false), (" https://a", false),
    ])
  func links(address: String, isLink: Bool) { #expect((WebAddress.link(address) != nil) == isLink) }

  @Test("Pictures come by https, or from where the installation says")
  func pictures() {
    let site = PageSite(base: "https://fiyat.example", imageOrigins: ["http://127.0.0.1:81"])
    #expect(site.image("https://cdn.example/a.jpg") != nil && site.image("http://127.0.0.1:81/img/1.svg") != nil)
    for address in [
      "http://cdn.example/a.jpg", "http://127.0.0.1:82/a", "http://127.0.0.1:81@evil.example/a", "javascript:x", "",
      "https://", "https:///a", "https://user@cdn.example/a",
    ] { #expect(site.image(address) == nil, "\(address)") }
    #expect(site.policy.contains("img-src 'self' https: data: http://127.0.0.1:81;"))
    #expect(!site.policy.contains("unsafe"))
  }

  @Test("Queries and paths are percent-encoded, what is empty is left out")
  func encoding() {
    #expect(WebAddress.query([("q", "çay & su"), ("x", ""), ("y", "1")]) == "?q=%C3%A7ay%20%26%20su&y=1")
    #expect(WebAddress.query([("q", "")]) == "")
    #expect(WebAddress.encode("a/b c", keepsSlashes: true) == "a/b%20c" && WebAddress.encode("a/b\t") == "a%2Fb%09")
  }

  @Test("A data block cannot be ended from within")
  func linkedData() {
    var data = LinkedData()
    data.object("Product") { json in
      json.member("name", "</script><script>alert(1)</script> & \"x\"")
      json.member("gtin", "")
      json.member("brand", "Brand") { $0.member("name", "<!--") }
    }
    let element = text(data.element)
    #expect(
      element.hasPrefix(#"<script type="application/ld+json">{"@context":"https://schema.org","@type":"Product","#))
    #expect(element.hasSuffix("}</script>\n") && element.components("</script>") == 1 && element.components("<") == 2)
    #expect(
      element.contains(#"\u003c/script\u003e"#) && !element.contains("gtin") && element.components("@context") == 1)
  }
}

extension String {
  /// How often a text is in it.
  func components(_ text: String) -> Int { ranges(of: text).count }
}
