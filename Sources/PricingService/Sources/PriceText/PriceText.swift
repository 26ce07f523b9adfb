/// Reads prices as shops write them for people.
///
/// The text's own evidence comes first, then the listing's currency and locale. Where they leave more than one reading,
/// there is no answer: a price that is missing is looked for again, a wrong one alarms people.
package struct PriceText: Sendable {
  /// A price that was read.
  package struct Reading: Sendable, Hashable {
    package var amount: ExactDecimal
    /// ISO 4217; nil when the text names no currency, or one that several countries write so, and nobody knew better.
    package var currency: String?
    /// The currency as it stands in the text or hint; nil when only the caller named one.
    package var currencyText: String?

    /// The price in the minor units of its currency; nil without a currency, or with more decimals than that has.
    package var minorUnits: Int64? {
      currency.flatMap { Currency($0) }.flatMap { amount.minorUnits(digits: $0.decimals) }
    }
  }

  /// Why there is no answer.
  package enum Refusal: Error, Sendable, Hashable {
    case empty
    case tooLong
    case noNumber
    /// Two or more prices, or a range, and nothing says which one counts.
    case severalPrices
    /// A number, but not one that stands as a price: `10 %`, `MX924`, `12x 99 TL`, `5 €/kg`, `-5 €`.
    case notAPrice
    /// The text's separators can be read in two ways, or contradict the locale.
    case ambiguousNumber
    /// More than one currency may be meant.
    case ambiguousCurrency
  }

  /// The listing's, ISO 4217; nil when it is not known.
  package var currency: String?
  /// BCP 47; empty when it is not known.
  package var locale: String
  /// What stands before the decimals on this page, where that is known for certain.
  package var decimalSeparator: Character?

  /// The most scalars of a text that are looked at; longer ones are no price.
  package static let maximumLength = 1_000

  package init(currency: String? = nil, locale: String = "", decimalSeparator: Character? = nil) {
    self.currency = currency
    self.locale = locale
    self.decimalSeparator = decimalSeparator
  }

  /// The price in `text`.
  ///
  /// - Parameter hint: more text from the same page, which may name the currency; its numbers do not count.
  package func read(_ text: String, hint: String = "") throws(Refusal) -> Reading {
    let scalars = Array(text.unicodeScalars.prefix(Self.maximumLength + 1))
    guard scalars.count <= Self.maximumLength else { throw .tooLong }
    guard scalars.contains(where: { NumberToken.character($0) != " " }) else { throw .empty }
    let mentions = CurrencyMention.all(in: scalars)
    let scene = PriceScene(
      scalars: scalars, numbers: NumberToken.all(in: scalars, decimal: decimalSeparator), mentions: mentions)
    let candidates = try scene.candidates()

    let money = try resolve(candidates.flatMap(\.mentions), elsewhere: mentions, hint: hint)
    let decimals = money.code.flatMap { Currency($0)?.decimals } ?? (money.text == nil ? nil : 2)
    let convention = NumberConvention.of(locale: locale)
    var amount: ExactDecimal?
    for candidate in candidates {
      let value: ExactDecimal
      do {
        value = try candidate.number.value(decimals: decimals, convention: convention, decimal: decimalSeparator)
      } catch {
        throw .ambiguousNumber
      }
      if let amount, amount != value { throw .severalPrices }
      amount = value
    }
    guard let amount else { throw .noNumber }
    return Reading(amount: amount, currency: money.code, currencyText: money.text)
  }

  private struct Money {
    var code: String?
    var text: String?
  }

  /// Which money is meant: what stands at the number, else what the text names elsewhere, else what the hint names,
  /// else what the caller expects.
  private func resolve(
    _ adjacent: [CurrencyMention], elsewhere: [CurrencyMention], hint: String
  ) throws(Refusal) -> Money {
    if !adjacent.isEmpty { return try agree(adjacent) }
    if !elsewhere.isEmpty { return try agree(elsewhere) }
    let hinted = CurrencyMention.all(in: Array(hint.unicodeScalars.prefix(Self.maximumLength)))
    // A hint that names several currencies says nothing; the text itself named none.
    if let money = try? agree(hinted), money.text != nil { return money }
    return Money(code: currency, text: nil)
  }

  /// The money that all `mentions` may mean: `NZD $` is New Zealand's.
  private func agree(_ mentions: [CurrencyMention]) throws(Refusal) -> Money {
    guard let first = mentions.first else { return Money() }
    var possible = first.candidates
    var text = first
    for mention in mentions.dropFirst() where mention.text != first.text {
      let both = possible.filter { mention.candidates.contains($0) }
      guard !both.isEmpty else { throw .ambiguousCurrency }
      possible = both
      if mention.isCode, !text.isCode { text = mention }
    }
    if possible.count == 1 { return Money(code: possible[0], text: text.text) }
    if let currency, possible.contains(currency) { return Money(code: currency, text: text.text) }
    // `kr` on a Danish page is Denmark's, whatever the listing says.
    if let local = RegionCurrency.of(locale: locale), possible.contains(local) {
      return Money(code: local, text: text.text)
    }
    return Money(code: nil, text: text.text)
  }
}
