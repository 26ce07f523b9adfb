/// The names of a table's columns and where they stand.
package struct CSVHeader: Sendable {
  /// As written, without blanks around them.
  package let names: [String]
  private let places: [String: Int]

  /// Names are compared without case; of a repeated one the first counts.
  package init(_ row: CSVRow) {
    names = row.fields.map(Self.trimmed)
    var places: [String: Int] = [:]
    for (index, name) in names.enumerated() where places[name.lowercased()] == nil { places[name.lowercased()] = index }
    self.places = places
  }

  /// The column under any of `names` (lower case), the first that there is.
  package func index(of names: String...) -> Int? {
    for name in names { if let place = places[name] { return place } }
    return nil
  }

  /// The value in `row` under any of `names`, without blanks around it; nil without such a column, or for a row that is
  /// too short, or when it is empty.
  package func value(_ names: String..., in row: CSVRow) -> String? {
    for name in names {
      guard let place = places[name], place < row.fields.count else { continue }
      let value = Self.trimmed(row.fields[place])
      if !value.isEmpty { return value }
    }
    return nil
  }

  private static func trimmed(_ text: String) -> String {
    var rest = Substring(text)
    while let first = rest.first, first.isWhitespace { rest.removeFirst() }
    while let last = rest.last, last.isWhitespace { rest.removeLast() }
    return String(rest)
  }
}
