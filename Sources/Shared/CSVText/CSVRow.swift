/// A row and the line it begins on.
package struct CSVRow: Sendable, Equatable {
  /// From 1. A quoted field may span lines, so rows and lines need not run together.
  package var line: Int
  package var fields: [String]

  package init(line: Int, fields: [String]) {
    self.line = line
    self.fields = fields
  }
}

/// A row that cannot be read.
package struct CSVFault: Error, Sendable, Equatable {
  /// Where the row begins, from 1.
  package var line: Int
  /// What is wrong, for a person; holds nothing of the row's text.
  package var reason: String

  package init(line: Int, reason: String) {
    self.line = line
    self.reason = reason
  }
}
