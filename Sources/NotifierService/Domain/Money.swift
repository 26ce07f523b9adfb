/// An amount of one currency, exact.
struct Money: Hashable, Sendable {
  /// In the currency's smallest unit.
  var minorUnits: Int64
  /// ISO 4217, three capital letters.
  var currency: String

  init(_ minorUnits: Int64, _ currency: String) {
    self.minorUnits = minorUnits
    self.currency = currency
  }

  /// How many decimals the currency has (ISO 4217, list one).
  static func decimals(of currency: String) -> Int {
    switch currency {
    case "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF",
      "XOF", "XPF":
      0
    case "BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND": 3
    case "CLF", "UYW": 4
    default: 2
    }
  }

  /// Three capital letters.
  static func isCurrencyCode(_ text: String) -> Bool {
    text.utf8.count == 3 && text.utf8.allSatisfy { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) }
  }

  /// As programs write it: `1299.00`, `-0.05`, `1299` for a currency without decimals.
  var decimalText: String { digits(grouping: "", point: ".") }

  /// The number with the currency's decimals.
  func digits(grouping: String, point: String) -> String {
    let decimals = Self.decimals(of: currency)
    var digits = String(minorUnits.magnitude)
    if digits.count <= decimals { digits = String(repeating: "0", count: decimals + 1 - digits.count) + digits }
    let fraction = digits.suffix(decimals)
    let whole = digits.dropLast(decimals)
    var text = ""
    for (index, digit) in whole.enumerated() {
      if index > 0, (whole.count - index) % 3 == 0 { text += grouping }
      text.append(digit)
    }
    return (minorUnits < 0 ? "-" : "") + text + (decimals > 0 ? point + fraction : "")
  }

  /// This amount less `basisPoints` hundredths of a percent, rounded down to the minor unit.
  func reduced(byBasisPoints basisPoints: Int) -> Money {
    let value = Int128(minorUnits) * Int128(10_000 - basisPoints)
    // Rounds towards minus infinity: a price is at or below the exact value only if it is at or below this one.
    let quotient = value / 10_000
    let floor = value < 0 && value % 10_000 != 0 ? quotient - 1 : quotient
    return Money(Int64(clamping: floor), currency)
  }

  /// How far `other` lies below this amount, in basis points rounded down; negative when it is above. 0 when this amount
  /// is not positive or the currencies differ.
  func reduction(to other: Money) -> Int {
    guard currency == other.currency, minorUnits > 0 else { return 0 }
    return Int(clamping: (Int128(minorUnits) - Int128(other.minorUnits)) * 10_000 / Int128(minorUnits))
  }
}
