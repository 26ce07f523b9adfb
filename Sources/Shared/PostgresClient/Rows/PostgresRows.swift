/// A statement's rows, read in place: nothing is decoded before it is asked for.
package struct PostgresRows: RandomAccessCollection, Sendable {
  let result: PostgresResult

  package var startIndex: Int { 0 }
  package var endIndex: Int { result.rowCount }

  /// - Precondition: `position` is within the bounds.
  package subscript(position: Int) -> PostgresRow {
    precondition(position >= 0 && position < result.rowCount, "row \(position) of \(result.rowCount)")
    return PostgresRow(result: result, index: position)
  }

  /// Rows that the statement inserted, updated, deleted or selected.
  package var affectedRows: Int { result.affectedRows }

  /// All rows as tuples.
  /// - Throws: `PostgresError` `.decoding`.
  package func decode<each Value: PostgresDecodable>(
    _ types: (repeat each Value).Type = (repeat each Value).self
  ) throws(PostgresError) -> [(repeat each Value)] {
    var values: [(repeat each Value)] = []
    values.reserveCapacity(count)
    for row in self { values.append(try row.decode((repeat each Value).self)) }
    return values
  }

  /// The first column of all rows.
  /// - Throws: `PostgresError` `.decoding`.
  package func scalars<Value: PostgresDecodable>(_ type: Value.Type = Value.self) throws(PostgresError) -> [Value] {
    var values: [Value] = []
    values.reserveCapacity(count)
    for row in self { values.append(try row.column(0, as: Value.self)) }
    return values
  }

  /// The first row's first column, nil without a row.
  /// - Throws: `PostgresError` `.decoding`.
  package func scalar<Value: PostgresDecodable>(_ type: Value.Type = Value.self) throws(PostgresError) -> Value? {
    try first?.column(0, as: Value.self)
  }
}
