extension Money {
  /// As people write it: `1.299,00 TL`, `₺1,299.00`; a currency without a well-known sign by its code.
  func text(_ language: Language) -> String {
    switch language {
    case .turkish:
      let unit = currency == "TRY" ? "TL" : Self.signs[currency] ?? currency
      return digits(grouping: ".", point: ",") + " " + unit
    case .english:
      let number = digits(grouping: ",", point: ".")
      return Self.signs[currency].map { $0 + number } ?? currency + " " + number
    }
  }

  private static let signs = ["TRY": "₺", "EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥"]
}

/// A share in basis points as people write it, with one decimal where it has one: `%13,3`, `13.3%`.
func percentText(basisPoints: Int, _ language: Language) -> String {
  // Half to even, as averages are rounded.
  let (quotient, remainder) = abs(basisPoints).quotientAndRemainder(dividingBy: 10)
  let tenths = remainder > 5 || remainder == 5 && quotient % 2 == 1 ? quotient + 1 : quotient
  let point = language == .turkish ? "," : "."
  let number =
    (basisPoints < 0 ? "-" : "") + String(tenths / 10) + (tenths % 10 == 0 ? "" : point + String(tenths % 10))
  return language == .turkish ? "%" + number : number + "%"
}
