import Testing

@testable import PricingService

@Suite("Price text")
struct PriceTextTests {
  struct Sample: Sendable, CustomTestStringConvertible {
    var text: String
    var currency: String
    var locale: String
    var minorUnits: Int64

    init(_ text: String, _ currency: String, _ locale: String, _ minorUnits: Int64) {
      self.text = text
      self.currency = currency
      self.locale = locale
      self.minorUnits = minorUnits
    }

    var testDescription: String { "\(text) in \(currency), \(locale)" }
  }

  @Test(
    "Prices of many countries are exact in minor units",
    arguments: [
      Sample("1.299,00 TL", "TRY", "tr-TR", 129_900),
      Sample("1.299 TL", "TRY", "tr-TR", 129_900),
      Sample("₺1.299,90", "TRY", "tr-TR", 129_990),
      Sample("118, 99 TL", "TRY", "tr-TR", 11_899),
      Sample("1.234.567,89 TL", "TRY", "tr-TR", 123_456_789),
      Sample("12.999\u{a0}TL", "TRY", "tr-TR", 1_299_900),
      Sample("45,- TL", "TRY", "tr-TR", 4_500),
      Sample("Sepette 849,90 TL", "TRY", "tr-TR", 84_990),
      Sample("%20 indirim 849,90 TL", "TRY", "tr-TR", 84_990),
      Sample("2 adet 849,90 TL", "TRY", "tr-TR", 84_990),
      Sample("$1,234.56", "USD", "en-US", 123_456),
      Sample("1,234.56 USD", "USD", "", 123_456),
      Sample("$699,000", "USD", "en-US", 69_900_000),
      Sample("CHF 1'234.56", "CHF", "de-CH", 123_456),
      Sample("CHF 1’234.–", "CHF", "de-CH", 123_400),
      Sample("R$2.720,00", "BRL", "pt-BR", 272_000),
      Sample("12,12€", "EUR", "es-ES", 1_212),
      Sample("1.226 €", "EUR", "es-ES", 122_600),
      Sample("1\u{202f}298,00 €", "EUR", "fr-FR", 129_800),
      Sample("1 298 €", "EUR", "fr-FR", 129_800),
      Sample("₹1,23,456.50", "INR", "en-IN", 12_345_650),
      Sample("¥12,800", "JPY", "ja-JP", 12_800),
      Sample("12,800円", "JPY", "ja-JP", 12_800),
      Sample("KWD 12.345", "KWD", "en-KW", 12_345),
      Sample("1,234.567 KD", "KWD", "en-KW", 1_234_567),
      Sample("٢٥٫٥٠ ر.س", "SAR", "ar-SA", 2_550),
      Sample("549 kr.", "DKK", "da-DK", 54_900),
      Sample("7 990 kr", "SEK", "sv-SE", 799_000),
      Sample("1299.90", "TRY", "tr-TR", 129_990),
      Sample("0,99 €", "EUR", "de-DE", 99),
    ])
  func read(_ sample: Sample) throws {
    let reading = try PriceText(currency: sample.currency, locale: sample.locale).read(sample.text)
    #expect(reading.currency == sample.currency)
    #expect(reading.minorUnits == sample.minorUnits)
  }

  @Test(
    "What can be read in two ways has no answer",
    arguments: [
      ("1,299 TL", "TRY", "tr-TR", PriceText.Refusal.ambiguousNumber),
      ("$1.299", "USD", "en-US", .ambiguousNumber),
      ("12 500 TL", "TRY", "tr-TR", .ambiguousNumber),
      ("1.234", "KWD", "", .ambiguousNumber),
      ("12.05.2026", "TRY", "tr-TR", .ambiguousNumber),
      ("1.299,00 TL 999,00 TL", "TRY", "tr-TR", .severalPrices),
      ("10 - 20 TL", "TRY", "tr-TR", .severalPrices),
      ("100 ile 200 TL", "TRY", "tr-TR", .severalPrices),
      ("5 € 6 $", "EUR", "de-DE", .ambiguousCurrency),
      ("%20", "TRY", "tr-TR", .notAPrice),
      ("-5 TL", "TRY", "tr-TR", .notAPrice),
      ("$-5", "USD", "en-US", .notAPrice),
      ("12,50 TL/kg", "TRY", "tr-TR", .notAPrice),
      ("12 x 99,90 TL", "TRY", "tr-TR", .notAPrice),
      ("GTX1080", "TRY", "tr-TR", .notAPrice),
      ("Tükendi", "TRY", "tr-TR", .noNumber),
      (" ", "TRY", "tr-TR", .empty),
    ])
  func refuse(text: String, currency: String, locale: String, refusal: PriceText.Refusal) {
    #expect(throws: refusal) { try PriceText(currency: currency, locale: locale).read(text) }
  }

  @Test("A sign of several countries means the listing's, else the locale's, else nothing")
  func sharedSigns() throws {
    #expect(try PriceText(currency: "CAD", locale: "en-CA").read("$12.50").currency == "CAD")
    #expect(try PriceText(currency: "TRY", locale: "en-US").read("$12.50").currency == "USD")
    let unknown = try PriceText(currency: "TRY", locale: "tr-TR").read("$12.50")
    #expect(unknown.currency == nil)
    #expect(unknown.minorUnits == nil)
    #expect(try PriceText(currency: "EUR", locale: "de-DE").read("NZD $12.50").currency == "NZD")
  }

  @Test("More decimals than the currency has make no minor units")
  func excessDecimals() throws {
    let reading = try PriceText(currency: "GBP").read("34.992001")
    #expect(reading.amount == ExactDecimal("34.992001"))
    #expect(reading.minorUnits == nil)
    #expect(try PriceText(currency: "THB").read("฿ 3.3900").minorUnits == 339)
    #expect(try PriceText(currency: "JPY", locale: "ja-JP").read("12.50円").minorUnits == nil)
  }

  @Test("Toman is ten rials and is never taken for them")
  func toman() throws {
    let reading = try PriceText(currency: "IRR", locale: "fa-IR").read("227,000 تومان")
    #expect(reading.currency == nil)
    #expect(reading.minorUnits == nil)
  }

  @Test("A text beyond the bound is refused")
  func tooLong() {
    #expect(throws: PriceText.Refusal.tooLong) { try PriceText().read(String(repeating: "1", count: 1_001)) }
  }

  @Test("Exact decimals keep what a program wrote")
  func decimals() {
    #expect(ExactDecimal("1299.00")?.minorUnits(digits: 2) == 129_900)
    #expect(ExactDecimal("1.299e3")?.minorUnits(digits: 2) == 129_900)
    #expect(ExactDecimal("129900e-2")?.minorUnits(digits: 2) == 129_900)
    #expect(ExactDecimal("19.999")?.minorUnits(digits: 2) == nil)
    #expect(ExactDecimal("19.989999999999998")?.minorUnitsForgivingNoise(digits: 2) == 1_999)
    #expect(ExactDecimal("19.9900000000001")?.minorUnitsForgivingNoise(digits: 2) == 1_999)
    #expect(ExactDecimal("19.985")?.minorUnitsForgivingNoise(digits: 2) == nil)
    #expect(ExactDecimal("-1") == nil)
    #expect(ExactDecimal(".5") == nil)
    #expect(ExactDecimal("1e99") == nil)
    #expect(ExactDecimal("92233720368547758070") == nil)
    #expect(ExactDecimal("999999999999999999")?.minorUnits(digits: 3) == nil)
    #expect(ExactDecimal("0.05")?.description == "0.05")
  }
}
