/// What a statement is called in traces: its first word and what it is of, such as `SELECT product`. No value and no
/// further text of it is told.
enum StatementName {
  /// Words that are looked at.
  private static let horizon = 200
  private static let longestName = 63

  static func of(_ sql: String) -> String {
    var operation: String?
    var expectsTarget = false
    for word in sql.split(maxSplits: horizon, whereSeparator: { $0.isWhitespace }).prefix(horizon) {
      let letters = word.prefix { $0.isASCII && $0.isLetter }.uppercased()
      guard let first = operation else {
        // Behind an opening parenthesis or a comment there is no telling.
        operation = letters.isEmpty ? "STATEMENT" : letters
        expectsTarget = letters == "UPDATE"
        continue
      }
      if expectsTarget {
        if letters == "ONLY" && word.count == 4 { continue }
        let target = word.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_" || $0 == ".") }
        if !target.isEmpty { return "\(first) \(target.prefix(longestName))" }
        expectsTarget = false
      }
      if word.count == 4, letters == "FROM" || letters == "INTO" { expectsTarget = true }
    }
    return operation ?? "STATEMENT"
  }
}
