/// A non-negative decimal number of at most 18 significant digits, kept exactly.
package struct ExactDecimal: Sendable, Hashable {
  /// The number is `significand / 10^scale`; the scale is the smallest that does.
  package let significand: Int64
  package let scale: Int

  /// The digits before and behind the point, each possibly empty but not both. Nil for other characters, or for more
  /// than 18 digits once zeros at both ends are gone.
  init?(integer: some StringProtocol, fraction: some StringProtocol) {
    var fraction = Substring(fraction)
    while fraction.last == "0" { fraction.removeLast() }
    let integer = integer.drop { $0 == "0" }
    guard integer.utf8.count + fraction.utf8.count <= 18 else { return nil }
    var value: Int64 = 0
    for byte in integer.utf8 {
      guard let digit = Self.digit(byte) else { return nil }
      value = value * 10 + digit
    }
    for byte in fraction.utf8 {
      guard let digit = Self.digit(byte) else { return nil }
      value = value * 10 + digit
    }
    significand = value
    scale = fraction.utf8.count
  }

  /// A number as JSON (RFC 8259 §6) and schema.org write it: `1299`, `1299.00`, `1.299e3`. Nil for anything else, for a
  /// negative number, and for one that needs more than 18 digits.
  package init?(_ text: some StringProtocol) {
    var mantissa = Substring(text)
    var exponent = 0
    if let mark = mantissa.firstIndex(where: { $0 == "e" || $0 == "E" }) {
      guard let parsed = Int(mantissa[mantissa.index(after: mark)...]), abs(parsed) <= 18 else { return nil }
      exponent = parsed
      mantissa = mantissa[..<mark]
    }
    let parts = mantissa.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    guard let first = parts.first, !first.isEmpty, first.utf8.count <= 40 else { return nil }
    var integer = String(first)
    var fraction = parts.count == 2 ? String(parts[1]) : ""
    guard parts.count == 1 || !fraction.isEmpty, fraction.utf8.count <= 40 else { return nil }
    while exponent > 0 {
      integer.append(fraction.isEmpty ? "0" : fraction.removeFirst())
      exponent -= 1
    }
    while exponent < 0 {
      fraction.insert(integer.popLast() ?? "0", at: fraction.startIndex)
      exponent += 1
    }
    self.init(integer: integer, fraction: fraction)
  }

  private static func digit(_ byte: UInt8) -> Int64? {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) ? Int64(byte - UInt8(ascii: "0")) : nil
  }

  /// The number in units of `10^-digits`; nil when it has more decimals than that, or is too large.
  package func minorUnits(digits: Int) -> Int64? {
    guard scale <= digits else { return nil }
    var value = significand
    for _ in scale..<max(scale, digits) {
      let (product, overflow) = value.multipliedReportingOverflow(by: 10)
      if overflow { return nil }
      value = product
    }
    return value
  }

  /// As `minorUnits`, but a number that misses a minor unit by less than a ten-thousandth of one counts as that unit:
  /// `19.989999999999998` is what a shop's binary arithmetic makes of 19.99. Only for numbers that a program wrote.
  package func minorUnitsForgivingNoise(digits: Int) -> Int64? {
    if scale <= digits + 4 { return minorUnits(digits: digits) }
    var divisor: Int64 = 1
    for _ in digits..<scale {
      let (product, overflow) = divisor.multipliedReportingOverflow(by: 10)
      if overflow { return nil }
      divisor = product
    }
    let (units, rest) = significand.quotientAndRemainder(dividingBy: divisor)
    if rest < divisor / 10_000 { return units }
    return divisor - rest < divisor / 10_000 ? units + 1 : nil
  }
}

extension ExactDecimal: CustomStringConvertible {
  package var description: String {
    let digits = String(significand)
    guard scale > 0 else { return digits }
    let padded = String(repeating: "0", count: max(0, scale + 1 - digits.count)) + digits
    return "\(padded.dropLast(scale)).\(padded.suffix(scale))"
  }
}
