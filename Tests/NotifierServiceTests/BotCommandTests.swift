import Testing

@testable import NotifierService

@Suite("What people write to the bot")
struct BotCommandTests {
  @Test(
    "prices are read as they are written, exactly or not at all",
    arguments: [
      ("1299", 129_900), ("1.299", 129_900), ("1.299,90", 129_990), ("1,299.90", 129_990), ("1299,9", 129_990),
      ("1299.90 TL", 129_990), ("₺1.299", 129_900), ("1.234.567,89", 123_456_789), ("0,05", 5), ("12,3456", nil),
      ("1.29.9", nil), ("12.34.567", nil), ("", nil), ("abc", nil), ("0", nil), ("-5", nil), (",5", nil), ("5,", nil),
      ("99999999999999999999", nil), ("1,299,90", nil), ("1.2345", nil), ("12 99", 129_900),
    ] as [(String, Int64?)])
  func prices(text: String, kurus: Int64?) {
    #expect(Money(written: text, currency: "TRY")?.minorUnits == kurus)
  }

  @Test("decimals are the currency's")
  func decimals() {
    #expect(Money(written: "1,299", currency: "JPY")?.minorUnits == 1299)
    #expect(Money(written: "1299.5", currency: "JPY") == nil)
    #expect(Money(written: "12.5", currency: "KWD")?.minorUnits == 12_500)
  }

  @Test("commands are read with and without the bot's name")
  func commands() throws {
    #expect(BotCommand("/list@fiyatradari_bot") == .list)
    #expect(
      BotCommand("  /track  https://shop.test/p/7 1.299 TL ")
        == .track(url: "https://shop.test/p/7", target: "1.299 TL"))
    #expect(BotCommand("/track https://shop.test/p/7") == .track(url: "https://shop.test/p/7", target: nil))
    #expect(BotCommand("/stop 12") == .stop(alert: 12))
    #expect(BotCommand("/stop") == .stop(alert: nil))
    #expect(BotCommand("/stop x") == .help)
    #expect(BotCommand("/start") == .start(nil))
    #expect(BotCommand("/nonsense") == .help)
    #expect(BotCommand("hello there") == nil)
    #expect(BotCommand("   ") == nil)
    let code = try #require(VerificationCode(typed: "ABCD-EFGH"))
    #expect(BotCommand("abcdefgh") == .start(code))
    #expect(BotCommand("/start abcdefgh") == .start(code))
  }

  @Test("codes bear how people copy them")
  func codes() {
    #expect(VerificationCode(typed: " oil0-abcd ")?.text == "0110ABCD")
    #expect(VerificationCode(typed: "ABCDEFG") == nil)
    #expect(VerificationCode(typed: "ABCDEFGU") == nil)
    #expect(VerificationCode(typed: "ABCDEFG!") == nil)
  }

  @Test("a page is its shop's, whatever its query says")
  func shops() throws {
    let shops = try ShopDirectory(["www.shop.test=demo,TRY,/p/{id}", "amazon.test=amazon,TRY,/dp/{id}/"])
    let page = shops.page(
      scheme: "https", host: "shop.test", authority: "shop.test",
      target: "/elektronik/sony-wh-1000xm5/p/AB-7?utm_source=x")
    #expect(page?.externalID == "AB-7")
    #expect(page?.url == "https://shop.test/elektronik/sony-wh-1000xm5/p/AB-7")
    #expect(page?.words == "sony wh 1000xm5")
    #expect(
      shops.page(scheme: "https", host: "www.amazon.test", authority: "www.amazon.test", target: "/x/dp/B0C8/ref=1")?
        .externalID == "B0C8")
    #expect(shops.page(scheme: "https", host: "other.test", authority: "other.test", target: "/p/7") == nil)
    #expect(shops.page(scheme: "https", host: "shop.test", authority: "shop.test", target: "/p/") == nil)
    #expect(shops.page(scheme: "https", host: "shop.test", authority: "shop.test", target: "/q/7") == nil)
  }

  @Test("shops on one host are told apart by their ports")
  func shopsByPort() throws {
    let shops = try ShopDirectory(["127.0.0.1:7701=one,TRY,/p/{id}", "127.0.0.1:7702=two,USD,/p/{id}"])
    func shop(_ authority: String) -> String? {
      shops.page(scheme: "http", host: "127.0.0.1", authority: authority, target: "/p/7")?.shop
    }
    #expect(shop("127.0.0.1:7701") == "one" && shop("127.0.0.1:7702") == "two")
    #expect(shop("127.0.0.1:7703") == nil && shop("127.0.0.1") == nil)
  }

  @Test(
    "a shop that is described badly is named",
    arguments: ["shop.test", "a=b", "a=B,TRY,/{id}", "a=b,TRL1,/{id}", "a=b,TRY,/x"])
  func badShops(line: String) {
    #expect(throws: ShopDirectory.Malformed.self) { try ShopDirectory([line]) }
  }

  @Test("updates are read, and what is none of them is passed over")
  func updates() throws {
    let text = #"{"update_id":9,"message":{"chat":{"id":-100123},"from":{"language_code":"en"},"text":"hi"}}"#
    let update = try #require(JSONObject(Array(text.utf8)).flatMap { BotUpdate($0) })
    #expect(update.id == 9)
    #expect(update.message?.chat == "-100123")
    #expect(update.message?.language == .english)
    let photo = try #require(
      JSONObject(Array(#"{"update_id":10,"message":{"photo":[]}}"#.utf8)).flatMap { BotUpdate($0) })
    #expect(photo.message == nil)
    #expect(JSONObject(Array("[1]".utf8)) == nil)
  }
}
