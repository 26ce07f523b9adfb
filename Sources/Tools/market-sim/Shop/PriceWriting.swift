/// Prices as each shop writes them.
enum PriceWriting {
  /// `1299.00`: for programs and files.
  static func plain(_ units: Int64) -> String { "\(units / 100).\(twoDigits(units % 100))" }

  /// As people of the shop's country read it.
  static func shown(_ units: Int64, in shop: MarketShop) -> String {
    let cents = twoDigits(units % 100)
    switch shop {
    case .anadolu: return "\(grouped(units / 100, by: ".")),\(cents) TL"
    case .bogazici: return "₺\(grouped(units / 100, by: ".")),\(cents)"
    case .kapadokya: return "\(grouped(units / 100, by: ".")),\(cents) TL"
    case .yildiz: return "\(grouped(units / 100, by: ".")), \(cents) TL"
    case .liberty: return "$\(grouped(units / 100, by: ",")).\(cents)"
    case .alpen: return "CHF \(grouped(units / 100, by: "'")).\(cents)"
    }
  }

  private static func twoDigits(_ value: Int64) -> String { value < 10 ? "0\(value)" : "\(value)" }

  private static func grouped(_ value: Int64, by separator: String) -> String {
    var rest = String(value)[...]
    var groups: [Substring] = []
    while rest.count > 3 {
      groups.insert(rest.suffix(3), at: 0)
      rest = rest.dropLast(3)
    }
    return ([rest] + groups).joined(separator: separator)
  }
}
