import Testing

@testable import NotifierService

@Suite("Messages")
struct MessageTests {
  private func event(
    title: String = "Sony WH-1000XM5 <siyah> & \"kılıf\"", url: String = "https://shop.test/p/7?a=1&b=2"
  )
    -> MarketEvent
  {
    var event = Step.price(1, lira(1299), old: lira(1499)).event
    event.title = title
    event.url = url
    event.change = .price(
      PriceChange(
        oldPrice: lira(1499), price: lira(1299), availability: .inStock, isAllTimeLow: false,
        deal: DealSummary(realDiscount: 1335, verdict: .inflated)))
    return event
  }

  @Test("Turkish names product, shop, prices, real discount, verdict and link")
  func turkish() {
    let message = AlertMessage(event(), reason: .targetReached(target: lira(1300)), label: "", publicAddress: nil)
    #expect(
      TelegramHTML.render(message.text(.turkish)) == """
        <b>Hedef fiyata indi (1.300,00 TL)</b>
        <b>Sony WH-1000XM5 &lt;siyah&gt; &amp; &quot;kılıf&quot;</b>
        Mağaza: demo
        Fiyat: 1.499,00 TL → 1.299,00 TL
        Gerçek indirim: %13,4
        Değerlendirme: şişirilmiş; ilan edilen indirim gerçeği yansıtmıyor
        <a href="https://shop.test/p/7?a=1&amp;b=2">Ürüne git</a>
        """)
  }

  @Test("English too, through the gateway where its address is known")
  func english() {
    let message = AlertMessage(
      event(), reason: .dropped(from: lira(1500)), label: "gift", publicAddress: "https://fiyatradari.test")
    #expect(
      message.text(.english).plainText == """
        Price dropped by 13.4% (₺1,500.00)
        Sony WH-1000XM5 <siyah> & "kılıf"
        Alert: gift
        Shop: demo
        Price: ₺1,499.00 → ₺1,299.00
        Real discount: 13.4%
        Verdict: inflated; the shop claims more than is true
        Open the product: https://fiyatradari.test/go/7
        """)
  }

  @Test(
    "money is written as in the language, with the currency's decimals",
    arguments: [
      (Money(129_900, "TRY"), "1.299,00 TL", "₺1,299.00"), (Money(5, "TRY"), "0,05 TL", "₺0.05"),
      (Money(1_234_567, "JPY"), "1.234.567 ¥", "¥1,234,567"), (Money(1234, "KWD"), "1,234 KWD", "KWD 1.234"),
      (Money(122_600, "EUR"), "1.226,00 €", "€1,226.00"),
      (Money(100_000_000, "CHF"), "1.000.000,00 CHF", "CHF 1,000,000.00"),
      (Money(.min, "TRY"), "-92.233.720.368.547.758,08 TL", "₺-92,233,720,368,547,758.08"),
    ])
  func money(money: Money, turkish: String, english: String) {
    #expect(money.text(.turkish) == turkish)
    #expect(money.text(.english) == english)
  }

  @Test(
    "shares have one decimal, rounded half to even",
    arguments: [(1335, "%13,4"), (1345, "%13,4"), (1350, "%13,5"), (1000, "%10"), (5, "%0"), (15, "%0,2"), (0, "%0")])
  func percent(points: Int, text: String) {
    #expect(percentText(basisPoints: points, .turkish) == text)
  }

  @Test("the largest fields stay within Telegram's limit and break no tag")
  func limits() {
    let title = String(repeating: "<&\"", count: 5000)
    let url = "https://shop.test/" + String(repeating: "&", count: 2000)
    let message = AlertMessage(
      event(title: title, url: url), reason: .backInStock, label: title, publicAddress: nil)
    let html = TelegramHTML.render(message.text(.turkish))
    #expect(html.utf16.count <= 4096)
    #expect(html.ranges(of: "<b>").count == html.ranges(of: "</b>").count)
    #expect(!html.contains("<&"))
    #expect(html.contains("Mağaza: demo"))
  }

  @Test("what a shop wrote cannot break lines or turn the writing")
  func tamed() {
    #expect("a\nb\u{202E}c\u{0}d\r".tamed(limit: 100) == "a bc d ")
    #expect(String(repeating: "a\u{301}", count: 50).tamed(limit: 10).unicodeScalars.count == 11)
  }

  @Test(
    "only web addresses become links",
    arguments: [
      ("javascript:alert(1)", false), ("https://a.test/x\" onclick=", false), ("https://a.test/ x", false),
      ("http://a.test/ç", true), ("", false),
    ])
  func links(url: String, isLink: Bool) {
    #expect(url.isWebAddress == isLink)
    let message = AlertMessage(event(url: url), reason: .allTimeLow, label: "", publicAddress: nil)
    #expect((message.link != nil) == isLink)
  }

  @Test("a digest holds what fits and counts the rest")
  func digest() {
    let message = AlertMessage(event(), reason: .allTimeLow, label: "", publicAddress: nil)
    let entry = TelegramHTML.render(message.digestText(.turkish))
    let few = DigestMessage.join([entry, entry], language: .turkish, limit: 4096) { TelegramHTML.render($0) }
    #expect(few.hasPrefix("<b>Günlük özet: 2 bildirim</b>\n\n• <a href="))
    let many = DigestMessage.join(
      Array(repeating: entry, count: 100), language: .turkish, limit: 4096
    ) { TelegramHTML.render($0) }
    #expect(many.utf16.count <= 4096)
    #expect(many.contains("bildirim daha"))
  }

  @Test(
    "a language follows from its tag", arguments: [("tr", Language.turkish), ("tr-TR", .turkish), ("de", .english)])
  func languages(tag: String, language: Language) {
    #expect(Language(tag: tag) == language)
    #expect(Language(tag: nil) == .turkish)
  }
}
