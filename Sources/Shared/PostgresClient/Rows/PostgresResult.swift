internal import CLibpq

/// A statement's result: owns libpq's memory, which rows are read from without copies. Immutable, so any thread may
/// read it.
final class PostgresResult: @unchecked Sendable {
  private let pointer: OpaquePointer
  let rowCount: Int
  let columnCount: Int

  /// Takes over `pointer`.
  init(_ pointer: OpaquePointer) {
    self.pointer = pointer
    rowCount = Int(PQntuples(pointer))
    columnCount = Int(PQnfields(pointer))
  }

  deinit {
    PQclear(pointer)
  }

  /// What the command tag counts: rows inserted, updated, deleted, selected or copied; 0 when it counts nothing.
  var affectedRows: Int {
    PQcmdTuples(pointer).flatMap { Int(String(cString: $0)) } ?? 0
  }

  /// E.g. `COMMIT` or `INSERT 0 1`.
  var commandTag: String {
    PQcmdStatus(pointer).map { String(cString: $0) } ?? ""
  }

  var byteCount: Int { PQresultMemorySize(pointer) }

  func columnName(_ column: Int) -> String {
    PQfname(pointer, Int32(column)).map { String(cString: $0) } ?? "column \(column)"
  }

  func columnIndex(named name: String) -> Int? {
    (0..<columnCount).first { columnName($0) == name }
  }

  /// Valid while `self` is.
  @inline(__always)
  func cell(row: Int, column: Int) -> PostgresCell {
    let row = Int32(truncatingIfNeeded: row)
    let column = Int32(truncatingIfNeeded: column)
    let type = PostgresType(oid: PQftype(pointer, column))
    let count = Int(PQgetlength(pointer, row, column))
    // NULL has no length, so only what has none is asked about it.
    if count == 0, PQgetisnull(pointer, row, column) != 0 { return PostgresCell(type: type, bytes: nil) }
    return PostgresCell(
      type: type, bytes: UnsafeRawBufferPointer(start: PQgetvalue(pointer, row, column), count: count))
  }
}
