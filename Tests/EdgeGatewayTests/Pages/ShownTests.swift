import MeshMessages
import Testing

@testable import EdgeGateway

@Suite("Numbers and times on pages")
struct ShownTests {
  @Test(
    "Prices are written as each language writes them, with the currency's own decimals",
    arguments: [
      (129_900, "TRY", "1.299,00 TL", "TRY 1,299.00"), (5, "TRY", "0,05 TL", "TRY 0.05"),
      (99_999, "USD", "999,99 USD", "USD 999.99"), (1_234_567, "JPY", "1.234.567 JPY", "JPY 1,234,567"),
      (1_234_567, "KWD", "1.234,567 KWD", "KWD 1,234.567"), (-129_900, "TRY", "−1.299,00 TL", "TRY −1,299.00"),
      (Int64.max, "TRY", "92.233.720.368.547.758,07 TL", "TRY 92,233,720,368,547,758.07"),
    ] as [(Int64, String, String, String)])
  func prices(units: Int64, currency: String, turkish: String, english: String) {
    let plain = { (text: String) in String(text.map { $0 == "\u{a0}" ? " " : $0 }) }
    #expect(plain(Language.turkish.price(units, currency)) == turkish)
    #expect(plain(Language.english.price(units, currency)) == english)
  }

  @Test("An amount in a field is written as the language writes it, and read again as it was")
  func typedAmounts() {
    for (units, currency, turkish, english) in [
      (129_900, "TRY", "1299,00", "1299.00"), (5, "TRY", "0,05", "0.05"), (1299, "JPY", "1299", "1299"),
    ] as [(Int64, String, String, String)] {
      let money = CommonV1.Money(currency: currency, minorUnits: units)
      #expect(Language.turkish.typedAmount(money) == turkish && Language.english.typedAmount(money) == english)
      for text in [turkish, english] {
        #expect(TypedAmount.plain(text).flatMap { CurrencyAmount.minorUnits($0, currency) } == units)
      }
    }
  }

  @Test("A short price leaves out decimals that are zero, and no others")
  func shortPrices() {
    #expect(Language.turkish.shortPrice(129_900, "TRY") == "1.299\u{a0}TL")
    #expect(Language.turkish.shortPrice(129_950, "TRY") == "1.299,50\u{a0}TL")
    #expect(Language.english.shortPrice(1299, "JPY") == "JPY\u{a0}1,299")
  }

  @Test(
    "Percents have one decimal at most",
    arguments: [
      (0, "%0", "0%"), (1250, "%12,5", "12.5%"), (1200, "%12", "12%"), (1204, "%12", "12%"), (1205, "%12,1", "12.1%"),
      (9_999, "%100", "100%"), (-1250, "−%12,5", "−12.5%"), (-4, "%0", "0%"), (123_456_700, "%1.234.567", "1,234,567%"),
    ] as [(Int64, String, String)])
  func percents(points: Int64, turkish: String, english: String) {
    #expect(Language.turkish.percent(points) == turkish)
    #expect(Language.english.percent(points) == english)
  }

  @Test(
    "Moments are those of a clock in Turkey",
    arguments: [
      (0, "1 Oca 1970 03:00", "1 Jan 1970 03:00"), (1_764_000_030, "24 Kas 2025 19:00", "24 Nov 2025 19:00"),
      (1_709_240_400, "1 Mar 2024 00:00", "1 Mar 2024 00:00"),
      (1_709_240_399, "29 Şub 2024 23:59", "29 Feb 2024 23:59"),
      (-1, "1 Oca 1970 02:59", "1 Jan 1970 02:59"),
    ] as [(Int64, String, String)])
  func moments(seconds: Int64, turkish: String, english: String) {
    #expect(Language.turkish.moment(seconds) == turkish)
    #expect(Language.english.moment(seconds) == english)
  }

  @Test("Days begin where the clock says midnight, through centuries", arguments: [1900, 1970, 2000, 2024, 2100, 2400])
  func days(year: Int) {
    for month in 1...12 {
      let start = CivilTime.startOfDay(year: year, month: month)
      let time = CivilTime(start)
      #expect((time.year, time.month, time.day, time.hour, time.minute) == (year, month, 1, 0, 0))
      #expect(CivilTime(start - 1).day != 1)
    }
  }

  @Test("Times for programs are UTC, and no number is too large")
  func programs() {
    #expect(CivilTime.rfc3339(1_764_000_030) == "2025-11-24T16:00:30Z")
    #expect(CivilTime.rfc3339(-1) == "1969-12-31T23:59:59Z")
    #expect(CivilTime(.max).year == 9999 && CivilTime(.min).year == -9999)
  }

  @Test("Shares are exact for the largest amounts")
  func shares() {
    #expect(Ratio.below(75, 100) == 2500 && Ratio.below(110, 100) == -1000 && Ratio.below(1, 0) == nil)
    #expect(Ratio.below(0, .max) == 10_000 && Ratio.below(.max, 1) == .min)
  }

  @Test(
    "An amount is read as people type it, and not guessed at",
    arguments: [
      ("1299", "1299"), ("1299,90", "1299.90"), ("1299.9", "1299.9"), ("1.299,90", "1299.90"), ("1,299.90", "1299.90"),
      ("1.299", "1299"), ("1 299", "1299"), ("12.345.678", "12345678"), ("1.29.9", nil), ("1,2,3", nil), ("", nil),
      (",5", nil), ("5,", nil), ("-5", nil), ("1e3", nil), ("1.2345", nil), ("1.299.90", nil), ("1.299,900", nil),
      ("٣", nil),
    ] as [(String, String?)])
  func typed(text: String, plain: String?) { #expect(TypedAmount.plain(text) == plain) }
}

@Suite("The catalogue of strings")
struct PhraseTests {
  @Test("Every phrase is there in both languages, with the same values", arguments: Phrase.allCases)
  func complete(phrase: Phrase) {
    let (turkish, english) = phrase.forms
    #expect(!turkish.isEmpty && !english.isEmpty)
    #expect(Self.names(turkish) == Self.names(english))
    let values = Dictionary(uniqueKeysWithValues: Self.names(turkish).map { ($0, "X") })
    for language in Language.allCases { #expect(!phrase.text(in: language, values).contains("{")) }
  }

  @Test("Values are put in as they are, once")
  func values() {
    #expect(Language.turkish(.searchFor, ["query": "{query} {x}"]) == "“{query} {x}” için sonuçlar")
    #expect(Language.english(.searchFor) == "Results for “{query}”")
  }

  @Test(
    "A path tells its language, and each page has one in the other",
    arguments: [("/", "/en"), ("/deals", "/en/deals"), ("/?x=1", "/en?x=1"), ("/p/7?days=30", "/en/p/7?days=30")])
  func paths(turkish: String, english: String) {
    #expect(Language.english.path(turkish) == english && Language.turkish.path(turkish) == turkish)
    #expect(Language(path: english) == .english && Language(path: turkish) == .turkish)
    #expect(Language(path: "/energy") == .turkish)
  }

  static func names(_ text: String) -> Set<String> {
    Set(
      text.split(separator: "{", omittingEmptySubsequences: false).dropFirst().map { String($0.prefix { $0 != "}" }) })
  }
}
