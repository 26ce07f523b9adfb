/// A table in columns for a terminal.
struct Table {
  enum Alignment { case left, right }

  private let columns: [(title: String, alignment: Alignment)]
  private var rows: [[String]] = []

  init(_ columns: [(String, Alignment)]) { self.columns = columns.map { (title: $0.0, alignment: $0.1) } }

  mutating func add(_ cells: [String]) { rows.append(cells.map(Self.printable)) }

  /// With a line of titles, columns two blanks apart, no blanks at the ends of lines.
  var text: String {
    let all = [columns.map(\.title)] + rows
    let widths = columns.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
    return all.map { row in
      let cells = row.enumerated().map { index, cell in
        let blanks = String(repeating: " ", count: widths[index] - cell.count)
        return columns[index].alignment == .right ? blanks + cell : cell + blanks
      }
      let line = cells.joined(separator: "  ")
      return String(line.prefix(line.count - line.reversed().prefix { $0 == " " }.count))
    }.joined(separator: "\n")
  }

  /// What comes from shops may hold escape sequences: no control character reaches the terminal.
  static func printable(_ text: String) -> String {
    var scalars = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      let category = scalar.properties.generalCategory
      scalars.append(category == .control || category == .format ? " " : scalar)
    }
    return String(scalars)
  }
}
