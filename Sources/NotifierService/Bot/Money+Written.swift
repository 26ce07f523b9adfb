extension Money {
  /// Reads a price as a person writes it, in a currency that is known: `1299`, `1.299,90`, `1299.90 TL`, `₺1.299`.
  ///
  /// The last of two kinds of separators is the decimal one. A single separator is decimal when as many digits follow
  /// as the currency has decimals, or fewer, and groups thousands when three follow. Nil for everything else: no answer
  /// beats a wrong one.
  init?(written text: String, currency: String) {
    let decimals = Self.decimals(of: currency)
    var characters = Array(text.lowercased().unicodeScalars.filter { !$0.properties.isWhitespace })
    for unit in ["tl", "₺", currency.lowercased(), "€", "$", "£", "¥"].map({ Array($0.unicodeScalars) }) {
      if characters.count > unit.count, characters.starts(with: unit) { characters.removeFirst(unit.count) }
      if characters.count > unit.count, Array(characters.suffix(unit.count)) == unit {
        characters.removeLast(unit.count)
      }
    }
    let marks = characters.indices.filter { characters[$0] == "." || characters[$0] == "," }
    guard (1...24).contains(characters.count), marks.first != 0, marks.last != characters.count - 1,
      characters.indices.allSatisfy({ marks.contains($0) || ("0"..."9").contains(characters[$0]) })
    else { return nil }
    let point = Self.decimalPoint(characters, marks, decimals: decimals)
    let groups = marks.filter { $0 != point }
    guard Self.isGrouped(characters, groups, end: point ?? characters.count) else { return nil }
    let fraction = point.map { characters.count - $0 - 1 } ?? 0
    guard fraction <= decimals else { return nil }
    var value: Int64 = 0
    let digits = characters.filter { ("0"..."9").contains($0) } + Array(repeating: "0", count: decimals - fraction)
    for digit in digits {
      let (product, overflow) = value.multipliedReportingOverflow(by: 10)
      guard !overflow else { return nil }
      value = product + Int64(digit.value - 0x30)
      guard value >= 0 else { return nil }
    }
    guard value > 0 else { return nil }
    self.init(value, currency)
  }

  private static func decimalPoint(_ characters: [Unicode.Scalar], _ marks: [Int], decimals: Int) -> Int? {
    guard let last = marks.last else { return nil }
    let kinds = Set(marks.map { characters[$0] })
    let behind = characters.count - last - 1
    if kinds.count == 2 { return characters[marks[0]] == characters[last] ? nil : last }
    return marks.count == 1 && behind <= decimals && behind != 3 ? last : nil
  }

  private static func isGrouped(_ characters: [Unicode.Scalar], _ groups: [Int], end: Int) -> Bool {
    guard let first = groups.first else { return true }
    guard (1...3).contains(first), Set(groups.map { characters[$0] }).count == 1 else { return false }
    return zip(groups, groups.dropFirst() + [end]).allSatisfy { $1 - $0 == 4 }
  }
}
