extension Currency {
  /// Minor units of a plain decimal number with a point, such as "14.7" or "1299": exact, and nil for everything else,
  /// also for more decimals than the currency has unless they are zeros.
  package func minorUnits(_ text: some StringProtocol) -> Int64? {
    let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    guard parts.count <= 2, let whole = parts.first, !whole.isEmpty else { return nil }
    var value: Int64 = 0
    func take(_ byte: UInt8) -> Bool {
      guard byte >= 48, byte <= 57 else { return false }
      let (product, overflows) = value.multipliedReportingOverflow(by: 10)
      let (sum, overflowsToo) = product.addingReportingOverflow(Int64(byte - 48))
      value = sum
      return !overflows && !overflowsToo
    }
    for byte in whole where !take(byte) { return nil }
    var count = 0
    if parts.count == 2 {
      guard !parts[1].isEmpty else { return nil }
      for byte in parts[1] {
        if count < decimals {
          guard take(byte) else { return nil }
          count += 1
        } else if byte != 48 {
          return nil
        }
      }
    }
    while count < decimals {
      guard take(48) else { return nil }
      count += 1
    }
    return value
  }
}
