import MeshMessages
import PricingService

/// Amounts and moments for a terminal.
enum MoneyText {
  /// "1299.00 TRY": plain digits, so that the text can be read by programs, too.
  static func text(_ money: CommonV1.Money?) -> String {
    guard let money else { return "-" }
    return amount(money.minorUnits, money.currency) + " " + money.currency
  }

  /// Minor units as a decimal number with the currency's decimals (ISO 4217).
  static func amount(_ minorUnits: Int64, _ currency: String) -> String {
    let decimals = Currency(currency)?.decimals ?? 2
    guard decimals > 0 else { return String(minorUnits) }
    let digits = String(minorUnits.magnitude)
    let padded = String(repeating: "0", count: max(0, decimals + 1 - digits.count)) + digits
    return (minorUnits < 0 ? "-" : "") + padded.dropLast(decimals) + "." + padded.suffix(decimals)
  }

  /// Basis points as a percentage with one decimal: 1250 is "12.5%".
  static func percentage(_ basisPoints: some BinaryInteger) -> String {
    let tenths = Int(basisPoints) / 10
    return "\(tenths / 10).\(tenths % 10)%"
  }
}
