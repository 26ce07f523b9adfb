/// `column` for the types that most columns have. Generic, it would find out at run time how the type is read, each time,
/// since its callers are in other modules.
extension PostgresRow {
  /// Reads one column, counted from 0.
  /// - Throws: `PostgresError` `.decoding`.
  package func column(_ column: Int, as type: Bool.Type = Bool.self) throws(PostgresError) -> Bool {
    try read(column)
  }

  /// Reads one column, counted from 0.
  /// - Throws: `PostgresError` `.decoding`.
  package func column(_ column: Int, as type: Int16.Type = Int16.self) throws(PostgresError) -> Int16 {
    try read(column)
  }

  /// Reads one column, counted from 0.
  /// - Throws: `PostgresError` `.decoding`.
  package func column(_ column: Int, as type: Int32.Type = Int32.self) throws(PostgresError) -> Int32 {
    try read(column)
  }

  /// Reads one column, counted from 0.
  /// - Throws: `PostgresError` `.decoding`.
  package func column(_ column: Int, as type: Int64.Type = Int64.self) throws(PostgresError) -> Int64 {
    try read(column)
  }

  /// Reads one column, counted from 0.
  /// - Throws: `PostgresError` `.decoding`.
  package func column(_ column: Int, as type: String.Type = String.self) throws(PostgresError) -> String {
    try read(column)
  }

  /// Reads one column, counted from 0.
  /// - Throws: `PostgresError` `.decoding`.
  package func column(_ column: Int, as type: Timestamp.Type = Timestamp.self) throws(PostgresError) -> Timestamp {
    try read(column)
  }

  /// Reads one column, counted from 0.
  /// - Throws: `PostgresError` `.decoding`.
  package func column(_ column: Int, as type: [UInt8].Type = [UInt8].self) throws(PostgresError) -> [UInt8] {
    try read(column)
  }

  /// Reads one column, counted from 0.
  /// - Throws: `PostgresError` `.decoding`.
  package func column(_ column: Int, as type: [String].Type = [String].self) throws(PostgresError) -> [String] {
    try read(column)
  }

  /// Reads one column, counted from 0.
  /// - Throws: `PostgresError` `.decoding`.
  package func column(_ column: Int, as type: Int16?.Type = Int16?.self) throws(PostgresError) -> Int16? {
    try readUnlessNull(column)
  }

  /// Reads one column, counted from 0.
  /// - Throws: `PostgresError` `.decoding`.
  package func column(_ column: Int, as type: Int64?.Type = Int64?.self) throws(PostgresError) -> Int64? {
    try readUnlessNull(column)
  }

  /// Reads one column, counted from 0.
  /// - Throws: `PostgresError` `.decoding`.
  package func column(_ column: Int, as type: String?.Type = String?.self) throws(PostgresError) -> String? {
    try readUnlessNull(column)
  }

  /// Reads one column, counted from 0.
  /// - Throws: `PostgresError` `.decoding`.
  package func column(_ column: Int, as type: Timestamp?.Type = Timestamp?.self) throws(PostgresError) -> Timestamp? {
    try readUnlessNull(column)
  }

  @inline(__always)
  private func readUnlessNull<Value: PostgresDecodable>(_ column: Int) throws(PostgresError) -> Value? {
    try cell(column).isNull ? nil : read(column)
  }
}
