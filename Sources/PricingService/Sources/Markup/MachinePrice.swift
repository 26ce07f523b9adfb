/// Prices that were written for programs, by shops that may or may not keep to the rules.
struct MachinePrice: Sendable {
  let currency: Currency
  let locale: String

  /// Minor units; nil when there is no price in `value`, or none that is certain.
  ///
  /// A JSON number means what JSON says. A text of digits with a point is read as schema.org wants it, unless it might
  /// as well be thousands (`1.299`): then it is nobody's price. Everything else is read as people's text.
  func minorUnits(_ value: StructuredValue) -> Int64? {
    switch value {
    case .number(let text): return exact(text)
    case .text(let text):
      let trimmed = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
      return isPlain(trimmed) ? plain(trimmed) : shown(trimmed)
    case .shown(let text): return shown(text)
    case .item: return nil
    }
  }

  private func exact(_ text: String) -> Int64? {
    ExactDecimal(text)?.minorUnitsForgivingNoise(digits: currency.decimals)
  }

  private func isPlain(_ text: String) -> Bool {
    !text.isEmpty && text.utf8.allSatisfy { (0x30...0x39).contains($0) || $0 == UInt8(ascii: ".") }
      && text.utf8.count { $0 == UInt8(ascii: ".") } <= 1
  }

  private func plain(_ text: String) -> Int64? {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    if parts.count == 2, currency.decimals < 3, parts[1].count == 3, (1...3).contains(parts[0].count),
      parts[0].first != "0"
    {
      return nil
    }
    return exact(text)
  }

  private func shown(_ text: String) -> Int64? {
    let reading: PriceText.Reading
    do {
      reading = try PriceText(currency: currency.code, locale: locale).read(text)
    } catch {
      return nil
    }
    return reading.currency == currency.code ? reading.minorUnits : nil
  }
}
