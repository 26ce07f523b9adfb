/// A Global Trade Item Number: 8, 12, 13 or 14 digits, the last of which is a check digit (GS1 General Specifications,
/// section 7.9).
enum GTIN {
  static func isValid(_ text: String) -> Bool {
    let digits = text.utf8.map { Int($0) - 48 }
    guard [8, 12, 13, 14].contains(digits.count), digits.allSatisfy({ (0...9).contains($0) }) else { return false }
    guard digits.contains(where: { $0 != 0 }) else { return false }
    var sum = 0
    for (index, digit) in digits.dropLast().reversed().enumerated() { sum += digit * (index % 2 == 0 ? 3 : 1) }
    return (10 - sum % 10) % 10 == digits[digits.count - 1]
  }

  /// The 14-digit form by which numbers of different lengths are compared, nil for what is none.
  static func normalized(_ text: String) -> String? {
    guard isValid(text) else { return nil }
    return String(repeating: "0", count: 14 - text.utf8.count) + text
  }
}
