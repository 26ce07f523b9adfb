import Testing

@testable import PricingService

@Suite("The collection of real price texts")
struct PriceCollectionTests {
  /// Cases where the collection's answer is not the one right answer, by their line upstream. We refuse them all: a
  /// price that is not read is looked at again, a wrong one alarms people.
  static let disputed: [Int: String] = [
    143: "4.81 of 5 with 16 votes is a rating, not a price",
    509: "5.00 of 5 is a rating, not a price",
    824: "571.12 tsubo is an area, not a price",
    1105: "the letters behind the number are no currency that is known; upstream reads any number",
    214: "two prices; upstream takes the first, which is the old one",
    367: "two prices; upstream takes the first, which is the old one",
    516: "two prices; upstream takes the first, which is the old one",
    517: "two prices; upstream takes the first, which is the old one",
    337: "a price and a range",
    1097: "was 124.95, now 0.00: upstream takes the old one",
    559: "with and without tax: two prices",
    290: "a range; upstream takes its lower end",
    424: "a range; upstream takes its lower end",
    1083: "a range; upstream takes its lower end",
    1098: "a range; upstream takes its lower end",
    1129: "an estimate from 45,000 to 70,000",
    312: "'.75,333' is 75,333 to upstream and could be 0.75333: nobody writes so",
    313: "'.750.30' is malformed; upstream drops the first point",
    1429: "'..75' is malformed; upstream drops one point",
    1431: "'..75,333' is malformed; upstream drops both points",
  ]

  @Test("At least 95 in 100 are read exactly, and no other is read as another amount")
  func amounts() throws {
    var exact = 0
    var missed: [String] = []
    var wrong: [String] = []
    let cases = try PriceCase.all()
    try #require(cases.count == 513)
    for item in cases {
      let reader = PriceText(decimalSeparator: item.decimalSeparator?.first)
      let expected = item.amount.flatMap { ExactDecimal($0) }
      let found = try? reader.read(item.text ?? "", hint: item.hint ?? "")
      let note = "line \(item.line) \(item.text ?? "-"): expected \(item.amount ?? "none"), "
      guard let found else {
        if expected == nil {
          exact += 1
        } else {
          missed.append(note + "found none (\(Self.disputed[item.line] ?? "not disputed"))")
        }
        continue
      }
      if found.amount == expected { exact += 1 } else { wrong.append(note + "found \(found.amount)") }
    }
    print("price texts: \(exact) of \(cases.count) exact; not read:\n  " + missed.joined(separator: "\n  "))
    #expect(wrong.isEmpty, "\(wrong)")
    #expect(Double(exact) >= 0.95 * Double(cases.count))
  }

  @Test("The currency that stands in the text is found")
  func currencies() throws {
    var wrong: [String] = []
    for item in try PriceCase.all() where Self.disputed[item.line] == nil && item.amount != nil {
      let reader = PriceText(decimalSeparator: item.decimalSeparator?.first)
      guard let found = try? reader.read(item.text ?? "", hint: item.hint ?? "") else { continue }
      let written = found.currencyText.flatMap { Self.meaning($0) }
      let expected = item.currency.flatMap { Self.meaning($0) }
      if written != expected {
        wrong.append("line \(item.line) \(item.text ?? ""): \(found.currencyText ?? "-"), not \(item.currency ?? "-")")
      }
    }
    #expect(wrong.isEmpty, "\(wrong)")
  }

  static func meaning(_ text: String) -> [String]? {
    CurrencyMention.all(in: Array(text.unicodeScalars)).first?.candidates
  }

  @Test(
    "With the listing's currency and locale no text is read as another amount",
    arguments: [("TRY", "tr-TR"), ("EUR", "de-DE"), ("EUR", "fr-FR"), ("EUR", "es-ES"), ("USD", "en-US")])
  func neverSilentlyWrong(currency: String, locale: String) throws {
    var wrong: [String] = []
    for item in try PriceCase.all() {
      let reader = PriceText(
        currency: currency, locale: locale, decimalSeparator: item.decimalSeparator?.first)
      guard let found = try? reader.read(item.text ?? "", hint: item.hint ?? "") else { continue }
      guard let expected = item.amount.flatMap({ ExactDecimal($0) }), found.amount == expected else {
        wrong.append("line \(item.line) \(item.text ?? ""): \(found.amount), not \(item.amount ?? "none")")
        continue
      }
    }
    #expect(wrong.isEmpty, "\(wrong)")
  }

  @Test("Disputed cases are refused")
  func disputedCases() throws {
    let cases = try PriceCase.all()
    for (line, reason) in Self.disputed {
      let item = try #require(cases.first { $0.line == line })
      let reader = PriceText(decimalSeparator: item.decimalSeparator?.first)
      #expect(throws: PriceText.Refusal.self, "\(reason)") {
        try reader.read(item.text ?? "", hint: item.hint ?? "")
      }
    }
  }
}
