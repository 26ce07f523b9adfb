package import CSVText

/// Why a row cannot be taken over: the column, and what was expected.
package struct RowFault: Error, Equatable {
  package let reason: String

  package init(_ reason: String) { self.reason = reason }

  /// What is not UTF-8 was read as U+FFFD; a name that came out so is none that anybody would search for.
  ///
  /// - Throws: `RowFault` that names the column.
  package static func checkText(_ row: CSVRow, _ header: CSVHeader) throws(RowFault) {
    for (index, field) in row.fields.enumerated()
    where field.utf8.contains(0xef) && field.unicodeScalars.contains("\u{FFFD}") {
      throw RowFault("\(index < header.names.count ? header.names[index] : "field \(index + 1)"): expected UTF-8 text")
    }
  }
}
