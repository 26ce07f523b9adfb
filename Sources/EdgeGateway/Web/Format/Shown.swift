internal import MeshMessages

/// Numbers, prices and moments as people of a language read them. All of it is whole numbers: no rounding of binary
/// fractions comes near a price.
extension Language {
  private var groupMark: String { self == .turkish ? "." : "," }
  private var decimalMark: String { self == .turkish ? "," : "." }

  /// `1.299`
  func number(_ value: Int64) -> String { grouped(String(value.magnitude), isNegative: value < 0) }

  private func grouped(_ digits: String, isNegative: Bool) -> String {
    var text = isNegative ? "−" : ""
    let count = digits.utf8.count
    for (index, digit) in digits.enumerated() {
      if index > 0, (count - index) % 3 == 0 { text += groupMark }
      text.append(digit)
    }
    return text
  }

  /// `1.299,00 TL` or `TRY 1,299.00`; parts do not break over lines.
  func price(_ money: CommonV1.Money) -> String { price(money.minorUnits, money.currency) }

  func price(_ minorUnits: Int64, _ currency: String) -> String {
    let plain = CurrencyAmount.text(minorUnits, currency)
    let parts = plain.split(separator: ".")
    let isNegative = plain.hasPrefix("-")
    var text = grouped(String(parts.first ?? "0").filter { $0 != "-" }, isNegative: isNegative)
    if parts.count == 2 { text += decimalMark + parts[1] }
    return withCurrency(text, currency)
  }

  /// An amount as a person would type it into a field: `1299,00` or `1299.00`. `TypedAmount` reads it.
  func typedAmount(_ money: CommonV1.Money) -> String {
    let plain = CurrencyAmount.text(money.minorUnits, money.currency)
    return String(plain.map { $0 == "." ? Character(decimalMark) : $0 })
  }

  /// Without decimals where they are zero, for the axis of a chart.
  func shortPrice(_ minorUnits: Int64, _ currency: String) -> String {
    var unit: Int64 = 1
    for _ in 0..<CurrencyAmount.decimals(of: currency) { unit *= 10 }
    guard unit > 1, minorUnits % unit == 0 else { return price(minorUnits, currency) }
    return withCurrency(number(minorUnits / unit), currency)
  }

  private func withCurrency(_ amount: String, _ currency: String) -> String {
    switch self {
    case .turkish: "\(amount)\u{a0}\(currency == "TRY" ? "TL" : currency)"
    case .english: "\(currency)\u{a0}\(amount)"
    }
  }

  /// Basis points as percent with one decimal at most: `%12,5` or `12.5%`.
  func percent(_ basisPoints: Int64) -> String {
    // Half away from zero, to tenths.
    let tenths = (basisPoints.magnitude / 10) + (basisPoints.magnitude % 10 >= 5 ? 1 : 0)
    let (whole, tenth) = (Int64(tenths / 10), tenths % 10)
    let amount = number(whole) + (tenth == 0 ? "" : decimalMark + String(tenth))
    let sign = basisPoints < 0 && tenths > 0 ? "−" : ""
    return self == .turkish ? "\(sign)%\(amount)" : "\(sign)\(amount)%"
  }

  /// A shop's name as a name: the catalogue knows it in small letters. One with a point is a host and stays as it is.
  func shop(_ name: String) -> String {
    guard !name.contains("."), let first = name.first else { return name }
    let initial = first == "i" && self == .turkish ? "İ" : first.uppercased()
    return initial + name.dropFirst()
  }

  // MARK: Times

  private static let months: [Language: [String]] = [
    .turkish: ["Oca", "Şub", "Mar", "Nis", "May", "Haz", "Tem", "Ağu", "Eyl", "Eki", "Kas", "Ara"],
    .english: ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"],
  ]

  func month(_ month: Int) -> String { Self.months[self]?[(month - 1) % 12] ?? "" }

  /// `28 Kas 2026`
  func date(_ seconds: Int64) -> String {
    let time = CivilTime(seconds)
    return "\(time.day) \(month(time.month)) \(time.year)"
  }

  /// `28 Kas`
  func shortDate(_ seconds: Int64) -> String {
    let time = CivilTime(seconds)
    return "\(time.day) \(month(time.month))"
  }

  /// `28 Kas 09:05`
  func shortMoment(_ seconds: Int64) -> String {
    let time = CivilTime(seconds)
    return "\(shortDate(seconds)) \(CivilTime.two(time.hour)):\(CivilTime.two(time.minute))"
  }

  /// `28 Kas 2026 09:05`
  func moment(_ seconds: Int64) -> String {
    let time = CivilTime(seconds)
    return "\(date(seconds)) \(CivilTime.two(time.hour)):\(CivilTime.two(time.minute))"
  }
}

/// Shares without overflow or binary fractions.
enum Ratio {
  /// How far `part` is below `whole`, in basis points, rounded towards zero; negative above it. Nil without a whole.
  static func below(_ part: Int64, _ whole: Int64) -> Int64? {
    guard whole > 0 else { return nil }
    return Int64(clamping: (Int128(whole) - Int128(part)) * 10_000 / Int128(whole))
  }
}
