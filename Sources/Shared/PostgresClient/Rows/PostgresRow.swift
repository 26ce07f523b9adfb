/// One row of a result; keeps the whole result alive.
package struct PostgresRow: Sendable {
  let result: PostgresResult
  let index: Int

  package var columnCount: Int { result.columnCount }

  /// The columns' names, in order.
  package var columnNames: [String] { (0..<result.columnCount).map { result.columnName($0) } }

  /// Reads the columns in order as a tuple: `let (id, title) = try row.decode((Int64, String).self)`. Where many rows are
  /// read, `column` is quicker: it knows its types beforehand.
  /// - Throws: `PostgresError` `.decoding` when there are fewer columns, or one has another type.
  @inline(__always)
  package func decode<each Value: PostgresDecodable>(
    _ types: (repeat each Value).Type = (repeat each Value).self
  ) throws(PostgresError) -> (repeat each Value) {
    var column = 0
    func next<T: PostgresDecodable>(_ type: T.Type) throws(PostgresError) -> T {
      defer { column += 1 }
      return try read(column)
    }
    return (repeat try next((each Value).self))
  }

  /// Reads one column, counted from 0.
  /// - Throws: `PostgresError` `.decoding`.
  @inline(__always)
  package func column<Value: PostgresDecodable>(
    _ column: Int, as type: Value.Type = Value.self
  ) throws(PostgresError) -> Value {
    try read(column)
  }

  @inline(__always)
  func cell(_ column: Int) throws(PostgresError) -> PostgresCell {
    guard column >= 0, column < result.columnCount else {
      throw PostgresError(.decoding, "column \(column) of a row of \(result.columnCount)")
    }
    return result.cell(row: index, column: column)
  }

  @inline(__always)
  func read<Value: PostgresDecodable>(_ column: Int) throws(PostgresError) -> Value {
    let cell = try cell(column)
    do {
      return try Value.decode(cell)
    } catch {
      throw named(error, column)
    }
  }

  /// Reads a column by its name; costs a search of the names.
  /// - Throws: `PostgresError` `.decoding`.
  package func column<Value: PostgresDecodable>(
    _ name: String, as type: Value.Type = Value.self
  ) throws(PostgresError) -> Value {
    guard let index = result.columnIndex(named: name) else {
      throw PostgresError(.decoding, "no column named \(name)")
    }
    return try column(index, as: Value.self)
  }

  func named(_ error: PostgresError, _ column: Int) -> PostgresError {
    var error = error
    error.message = "column \(result.columnName(column)): \(error.message)"
    return error
  }
}
