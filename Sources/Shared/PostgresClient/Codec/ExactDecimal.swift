/// An exact decimal number as PostgreSQL keeps it: digits to the base 10,000.
package struct ExactDecimal: Hashable, Sendable, CustomStringConvertible {
  /// Base-10,000 digits, the most significant first, without zeros at either end.
  private(set) var digits: [Int16]
  /// The first digit's power of 10,000.
  private(set) var weight: Int
  private(set) var isNegative: Bool
  /// Decimals to show, 0 to 16,383.
  package private(set) var scale: Int
  package private(set) var isNaN = false

  package static let nan: ExactDecimal = {
    var value = ExactDecimal(0)
    value.isNaN = true
    return value
  }()

  /// `unscaled` / 10^`scale`: (12345, 2) is 123.45, an amount in minor units.
  /// - Parameter scale: 0 to 16,383; outside of it, the nearer bound.
  package init(_ unscaled: Int64, scale: Int = 0) {
    let scale = min(max(scale, 0), 16_383)
    var text = String(unscaled.magnitude)
    if text.count <= scale { text = String(repeating: "0", count: scale + 1 - text.count) + text }
    let whole = text.dropLast(scale)
    self.init(whole: Array(whole.utf8), fraction: Array(text.suffix(scale).utf8), isNegative: unscaled < 0)
  }

  /// Reads `-123.4500` (digits, an optional point and sign); nil for anything else, including exponents.
  package init?(_ text: String) {
    if text == "NaN" {
      self = .nan
      return
    }
    var bytes = Array(text.utf8)[...]
    let isNegative = bytes.first == UInt8(ascii: "-")
    if isNegative || bytes.first == UInt8(ascii: "+") { bytes.removeFirst() }
    let parts = bytes.split(separator: UInt8(ascii: "."), maxSplits: 1, omittingEmptySubsequences: false)
    let fraction = parts.count == 2 ? Array(parts[1]) : []
    guard let whole = parts.first, whole.count + fraction.count > 0, whole.count <= 131_072, fraction.count <= 16_383,
      whole.allSatisfy(ExactDecimal.isDigit), fraction.allSatisfy(ExactDecimal.isDigit)
    else { return nil }
    self.init(whole: Array(whole), fraction: fraction, isNegative: isNegative)
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

  /// ASCII digits before and after the point.
  private init(whole: [UInt8], fraction: [UInt8], isNegative: Bool) {
    let zero = UInt8(ascii: "0")
    let head = [UInt8](repeating: zero, count: (4 - whole.count % 4) % 4) + whole
    let tail = fraction + [UInt8](repeating: zero, count: (4 - fraction.count % 4) % 4)
    let all = head + tail
    var groups: [Int16] = []
    for start in stride(from: 0, to: all.count, by: 4) {
      groups.append(all[start..<start + 4].reduce(Int16(0)) { $0 * 10 + Int16($1 - zero) })
    }
    self.init(digits: groups, weight: head.count / 4 - 1, isNegative: isNegative, scale: fraction.count)
  }

  private init(digits: [Int16], weight: Int, isNegative: Bool, scale: Int) {
    let leading = digits.prefix { $0 == 0 }.count
    var kept = Array(digits.dropFirst(leading))
    while kept.last == 0 { kept.removeLast() }
    self.digits = kept
    self.weight = kept.isEmpty ? 0 : weight - leading
    self.isNegative = isNegative && !kept.isEmpty
    self.scale = scale
  }

  /// The number times 10^`scale` when that is an integer that fits, e.g. an amount in minor units.
  package func unscaled(scale: Int) -> Int64? {
    guard !isNaN, (0...18).contains(scale) else { return nil }
    var value: Int64 = 0
    var decimals = [UInt8]()
    let text = description.utf8
    let parts = text.split(separator: UInt8(ascii: "."))
    guard let whole = parts.first else { return nil }
    let fraction = parts.count > 1 ? Array(parts[1]) : []
    guard fraction.dropFirst(scale).allSatisfy({ $0 == UInt8(ascii: "0") }) else { return nil }
    decimals = Array(fraction.prefix(scale))
    decimals += [UInt8](repeating: UInt8(ascii: "0"), count: scale - decimals.count)
    for byte in Array(whole) + decimals where byte != UInt8(ascii: "-") {
      // Downwards, since Int64 reaches one further there.
      let (product, first) = value.multipliedReportingOverflow(by: 10)
      let (sum, second) = product.subtractingReportingOverflow(Int64(byte) - Int64(UInt8(ascii: "0")))
      guard !first, !second else { return nil }
      value = sum
    }
    if isNegative { return value }
    return value == .min ? nil : -value
  }

  /// With `scale` decimals, e.g. `-0.50`.
  package var description: String {
    if isNaN { return "NaN" }
    func group(_ power: Int) -> String {
      let index = weight - power
      let digit = digits.indices.contains(index) ? digits[index] : 0
      let text = String(digit)
      return String(repeating: "0", count: 4 - text.count) + text
    }
    var whole = ""
    if weight >= 0 { for power in stride(from: weight, through: 0, by: -1) { whole += group(power) } }
    let trimmed = whole.drop { $0 == "0" }
    var text = (isNegative ? "-" : "") + (trimmed.isEmpty ? "0" : trimmed)
    if scale > 0 {
      var fraction = ""
      var power = -1
      while fraction.count < scale {
        fraction += group(power)
        power -= 1
      }
      text += "." + fraction.prefix(scale)
    }
    return text
  }
}

/// The binary form of `numeric_send`: digit count, weight, sign, scale, digits.
extension ExactDecimal: PostgresEncodable, PostgresDecodable {
  private static let negativeSign: UInt16 = 0x4000
  private static let nanSign: UInt16 = 0xC000

  package static var postgresType: PostgresType { .numeric }

  package func encode(into writer: inout ByteWriter) throws(PostgresError) -> Bool {
    guard let count = UInt16(exactly: digits.count), let weight = Int16(exactly: weight) else {
      throw PostgresError(.invalidParameter, "a number has more digits than PostgreSQL takes")
    }
    writer.write(count)
    writer.write(weight)
    writer.write(isNaN ? Self.nanSign : isNegative ? Self.negativeSign : 0)
    writer.write(UInt16(scale))
    for digit in digits { writer.write(digit) }
    return true
  }

  package static func decode(_ cell: PostgresCell) throws(PostgresError) -> ExactDecimal {
    var reader = CellReader(try cell.value(as: ExactDecimal.self))
    guard cell.type == .numeric else { throw cell.mismatch(ExactDecimal.self) }
    // Without a sign: the longest numeric has 36,864 digits.
    let count = Int(try reader.read(UInt16.self))
    let weight = Int(try reader.read(Int16.self))
    let sign = try reader.read(UInt16.self)
    let scale = Int(try reader.read(UInt16.self))
    if sign == nanSign { return .nan }
    guard sign == 0 || sign == negativeSign, scale <= 16_383, count <= reader.remaining / 2 else {
      throw PostgresError(.decoding, "a numeric value is infinite or malformed")
    }
    var digits: [Int16] = []
    digits.reserveCapacity(count)
    for _ in 0..<count { digits.append(try reader.read(Int16.self)) }
    try reader.expectEnd()
    guard digits.allSatisfy({ (0..<10_000).contains($0) }) else {
      throw PostgresError(.decoding, "a numeric value is malformed")
    }
    return ExactDecimal(digits: digits, weight: weight, isNegative: sign == negativeSign, scale: scale)
  }
}
