/// Amounts of money as people write them, exact: minor units and the currency's own number of decimals (ISO 4217).
package enum CurrencyAmount {
  private static let without: Set<String> = [
    "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF",
    "XPF",
  ]
  private static let three: Set<String> = ["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"]
  private static let four: Set<String> = ["CLF", "UYW"]

  /// 0 to 4.
  package static func decimals(of currency: String) -> Int {
    // Most amounts by far.
    if currency == "TRY" || currency == "USD" || currency == "EUR" { return 2 }
    if without.contains(currency) { return 0 }
    if three.contains(currency) { return 3 }
    return four.contains(currency) ? 4 : 2
  }

  /// The same for a code in UTF-8.
  static func decimals(of currency: UnsafeRawBufferPointer) -> Int {
    if currency.elementsEqual("TRY".utf8) { return 2 }
    return decimals(of: String(decoding: currency, as: UTF8.self))
  }

  /// Whether it has the form of a currency's code.
  package static func isCurrency(_ text: String) -> Bool {
    text.utf8.count == 3 && text.utf8.allSatisfy { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) }
  }

  /// `129900` of TRY is `1299.00`.
  package static func text(_ minorUnits: Int64, _ currency: String) -> String {
    let decimals = decimals(of: currency)
    return String(unsafeUninitializedCapacity: maximumLength) { buffer in
      buffer.baseAddress.map { write(minorUnits, decimals: decimals, to: $0) } ?? 0
    }
  }

  /// The most bytes that an amount's text has.
  static let maximumLength = 26

  /// The same, written in place: answers hold many of these.
  ///
  /// - Parameter text: room for `maximumLength` bytes.
  /// - Returns: how many were written.
  static func write(_ minorUnits: Int64, decimals: Int, to text: UnsafeMutablePointer<UInt8>) -> Int {
    var start = maximumLength
    var rest = minorUnits.magnitude
    var written = 0
    // From the end, then moved to where it belongs.
    repeat {
      if written == decimals, decimals > 0 {
        start -= 1
        text[start] = UInt8(ascii: ".")
      }
      start -= 1
      text[start] = UInt8(truncatingIfNeeded: 0x30 + rest % 10)
      rest /= 10
      written += 1
    } while rest > 0 || written <= decimals
    if minorUnits < 0 {
      start -= 1
      text[start] = UInt8(ascii: "-")
    }
    for index in start..<maximumLength { text[index - start] = text[index] }
    return maximumLength - start
  }

  /// The minor units of a decimal amount; nil when it is none, has more decimals than the currency, or is too large.
  package static func minorUnits(_ text: String, _ currency: String) -> Int64? {
    var rest = text.utf8[...]
    let isNegative = rest.first == UInt8(ascii: "-")
    if isNegative { rest = rest.dropFirst() }
    let parts = rest.split(separator: UInt8(ascii: "."), maxSplits: 1, omittingEmptySubsequences: false)
    let decimals = decimals(of: currency)
    guard let whole = parts.first, (1...18).contains(whole.count), parts.count == 1 || !parts[1].isEmpty else {
      return nil
    }
    let fraction = parts.count == 2 ? Array(parts[1]) : []
    guard fraction.count <= decimals else { return nil }
    var value: Int64 = 0
    for byte in Array(whole) + fraction + [UInt8](repeating: 0x30, count: decimals - fraction.count) {
      guard (0x30...0x39).contains(byte) else { return nil }
      let (product, overflow) = value.multipliedReportingOverflow(by: 10)
      let (sum, tooLarge) = product.addingReportingOverflow(Int64(byte - 0x30))
      guard !overflow, !tooLarge else { return nil }
      value = sum
    }
    return isNegative ? -value : value
  }
}
