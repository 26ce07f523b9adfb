import MeshMessages

/// A step chart of a price in characters.
struct TerminalChart {
  struct Point {
    /// Seconds since 1970.
    var at: Int64
    /// Minor units; nil where it could not be bought.
    var price: Int64?
  }

  let points: [Point]
  let currency: String
  let width: Int
  let height: Int

  /// Rows of text: prices at the left, the curve, the days below. Empty without a price.
  func lines(until end: Int64) -> [String] {
    let prices = points.compactMap(\.price)
    guard let first = points.first, let low = prices.min(), let high = prices.max() else { return [] }
    let values = columns(from: first.at, to: max(end, first.at + 1))
    let span = max(high - low, 1)
    let rows = values.map { value in value.map { Int(($0 - low) * Int64(height - 1) / span) } }
    let labels = [high, low].map { MoneyText.amount($0, currency) }
    let margin = labels.map(\.count).max() ?? 0
    var lines: [String] = []
    for row in stride(from: height - 1, through: 0, by: -1) {
      let label = row == height - 1 ? labels[0] : row == 0 ? labels[1] : ""
      let blanks = String(repeating: " ", count: margin - label.count)
      lines.append(blanks + label + " ┤" + curve(rows, at: row))
    }
    let start = Self.day(first.at)
    let finish = Self.day(end)
    let gap = String(repeating: " ", count: max(1, width - start.count - finish.count))
    lines.append(String(repeating: " ", count: margin + 2) + start + gap + finish)
    return lines
  }

  /// The price in effect at the end of each column.
  private func columns(from start: Int64, to end: Int64) -> [Int64?] {
    var index = 0
    return (0..<width).map { column in
      let moment = start + (end - start) * Int64(column + 1) / Int64(width)
      while index + 1 < points.count, points[index + 1].at <= moment { index += 1 }
      return points[index].price
    }
  }

  private func curve(_ rows: [Int?], at row: Int) -> String {
    var text = ""
    for (column, value) in rows.enumerated() {
      let before = column > 0 ? rows[column - 1] : value
      switch (before, value) {
      case (_, nil): text += row == 0 ? "░" : " "
      case (let before?, let value?) where before == value: text += value == row ? "─" : " "
      case (let before?, let value?):
        if row == value {
          text += before > value ? "╰" : "╭"
        } else if row == before {
          text += before > value ? "╮" : "╯"
        } else {
          text += (min(before, value)...max(before, value)).contains(row) ? "│" : " "
        }
      case (nil, let value?): text += value == row ? "─" : " "
      }
    }
    return String(text.prefix(text.count - text.reversed().prefix { $0 == " " }.count))
  }

  /// The UTC date of a moment.
  static func day(_ seconds: Int64) -> String {
    String(GoogleProtobuf.Timestamp(seconds: seconds).rfc3339.prefix(10))
  }
}
