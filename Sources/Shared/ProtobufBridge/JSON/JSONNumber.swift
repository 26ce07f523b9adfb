/// Numbers as JSON writes them (RFC 8259 §6).
enum JSONNumber {
  /// The length of the number at the start of `text`, or nil if there is none.
  static func length(of text: UnsafeRawBufferPointer) -> Int? {
    var index = 0
    func digits() -> Int {
      let start = index
      while index < text.count, (0x30...0x39).contains(text[index]) { index += 1 }
      return index - start
    }
    if index < text.count, text[index] == UInt8(ascii: "-") { index += 1 }
    let integer = index
    let count = digits()
    guard count == 1 || (count > 1 && text[integer] != UInt8(ascii: "0")) else { return nil }
    if index < text.count, text[index] == UInt8(ascii: ".") {
      index += 1
      guard digits() > 0 else { return nil }
    }
    if index < text.count, text[index] | 0x20 == UInt8(ascii: "e") {
      index += 1
      if index < text.count, text[index] == UInt8(ascii: "+") || text[index] == UInt8(ascii: "-") { index += 1 }
      guard digits() > 0 else { return nil }
    }
    return index
  }

  /// The exact value of a number without a fraction, however written (`100`, `1e2`, `100.0`), as sign and magnitude;
  /// nil if it has a fraction or its magnitude passes 64 bits.
  static func integer(_ number: UnsafeRawBufferPointer) -> (isNegative: Bool, magnitude: UInt64)? {
    let isNegative = number.first == UInt8(ascii: "-")
    var magnitude: UInt64 = 0
    var index = isNegative ? 1 : 0
    while index < number.count, (0x30...0x39).contains(number[index]) {
      guard let next = appending(number[index], to: magnitude) else { return exact(number, isNegative) }
      magnitude = next
      index += 1
    }
    return index == number.count ? (isNegative, magnitude) : exact(number, isNegative)
  }

  /// As `integer`, for numbers with a point or an exponent.
  private static func exact(
    _ number: UnsafeRawBufferPointer, _ isNegative: Bool
  ) -> (isNegative: Bool, magnitude: UInt64)? {
    var digits: [UInt8] = []
    var exponent = 0
    var index = isNegative ? 1 : 0
    var isFraction = false
    while index < number.count, number[index] | 0x20 != UInt8(ascii: "e") {
      if number[index] == UInt8(ascii: ".") {
        isFraction = true
      } else {
        digits.append(number[index])
        if isFraction { exponent -= 1 }
      }
      index += 1
    }
    if index < number.count {
      var written = 0
      let isDown = number[index + 1] == UInt8(ascii: "-")
      for byte in number[(index + 1)...] where (0x30...0x39).contains(byte) {
        // No text that fits in memory has so many digits that a larger exponent could be made up for.
        written = min(written * 10 + Int(byte - 0x30), 1 << 40)
      }
      exponent += isDown ? -written : written
    }
    while digits.last == 0x30 {
      digits.removeLast()
      exponent += 1
    }
    guard !digits.isEmpty else { return (isNegative, 0) }
    guard exponent >= 0, exponent < 20 else { return nil }
    var magnitude: UInt64 = 0
    for digit in digits + Array(repeating: 0x30, count: exponent) {
      guard let next = appending(digit, to: magnitude) else { return nil }
      magnitude = next
    }
    return (isNegative, magnitude)
  }

  private static func appending(_ digit: UInt8, to magnitude: UInt64) -> UInt64? {
    let (product, overflows) = magnitude.multipliedReportingOverflow(by: 10)
    let (sum, carries) = product.addingReportingOverflow(UInt64(digit - 0x30))
    return overflows || carries ? nil : sum
  }

  /// The nearest double, or nil if the number is beyond the largest one.
  static func double(_ number: UnsafeRawBufferPointer) -> Double? {
    guard let value = Double(String(decoding: number, as: UTF8.self)), value.isFinite else { return nil }
    return value
  }

  /// The shortest text that reads back as the same value; JSON takes no infinities and no NaN.
  static func text(_ value: some BinaryFloatingPoint & LosslessStringConvertible) -> String {
    let text = value.description
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }
}
