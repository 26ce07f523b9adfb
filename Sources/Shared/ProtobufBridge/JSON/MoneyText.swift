/// Amounts as decimal text, exact: minor units in, minor units out.
enum MoneyText {
  /// `129900` with two decimals is `1299.00`.
  static func text(_ minorUnits: Int64, decimals: Int) -> String {
    var digits = String(minorUnits.magnitude)
    if decimals > 0 {
      if digits.utf8.count <= decimals {
        digits = String(repeating: "0", count: decimals + 1 - digits.utf8.count) + digits
      }
      digits.insert(".", at: digits.index(digits.endIndex, offsetBy: -decimals))
    }
    return minorUnits < 0 ? "-" + digits : digits
  }

  enum Failure: Error {
    /// Not digits with at most one point between them.
    case notDecimal
    case tooManyDecimals
    /// Beyond 64 bits of minor units.
    case tooLarge
  }

  /// Reads what `text` writes, also with fewer decimals: `1299`, `1299.5`.
  static func minorUnits(_ text: UnsafeRawBufferPointer, decimals: Int) throws(Failure) -> Int64 {
    let isNegative = text.first == UInt8(ascii: "-")
    var index = isNegative ? 1 : 0
    // Summed up below zero, where there is one more value.
    var value: Int64 = 0
    func append(_ digit: UInt8) throws(Failure) {
      let (product, overflows) = value.multipliedReportingOverflow(by: 10)
      let (sum, carries) = product.subtractingReportingOverflow(Int64(digit))
      guard !overflows, !carries else { throw .tooLarge }
      value = sum
    }
    func digits() throws(Failure) -> Int {
      let start = index
      while index < text.count, (0x30...0x39).contains(text[index]) {
        try append(text[index] - 0x30)
        index += 1
      }
      return index - start
    }
    let start = index
    let whole = try digits()
    guard whole > 0, whole == 1 || text[start] != UInt8(ascii: "0") else { throw .notDecimal }
    var written = 0
    if index < text.count, text[index] == UInt8(ascii: ".") {
      index += 1
      let rest = text[index...].prefix { (0x30...0x39).contains($0) }.count
      guard rest > 0, index + rest == text.count else { throw .notDecimal }
      guard rest <= decimals else { throw .tooManyDecimals }
      written = try digits()
    }
    guard index == text.count else { throw .notDecimal }
    for _ in written..<decimals { try append(0) }
    if isNegative { return value }
    guard value != .min else { throw .tooLarge }
    return -value
  }
}
