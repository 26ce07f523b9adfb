/// A value that a result's column can be read as.
package protocol PostgresDecodable: Sendable {
  /// - Throws: `PostgresError` `.decoding` when the column has another type, holds NULL, or its value does not fit.
  static func decode(_ cell: PostgresCell) throws(PostgresError) -> Self
}

extension Bool: PostgresDecodable {
  package static func decode(_ cell: PostgresCell) throws(PostgresError) -> Bool {
    try cell.fixedWidth(UInt8.self, as: Bool.self, .bool) != 0
  }
}

extension Int16: PostgresDecodable {
  package static func decode(_ cell: PostgresCell) throws(PostgresError) -> Int16 { try cell.integer() }
}

extension Int32: PostgresDecodable {
  package static func decode(_ cell: PostgresCell) throws(PostgresError) -> Int32 { try cell.integer() }
}

extension Int64: PostgresDecodable {
  package static func decode(_ cell: PostgresCell) throws(PostgresError) -> Int64 { try cell.integer() }
}

extension Int: PostgresDecodable {
  package static func decode(_ cell: PostgresCell) throws(PostgresError) -> Int { try cell.integer() }
}

extension UInt64: PostgresDecodable {
  /// Reads `xid8`, and integers that are not negative.
  package static func decode(_ cell: PostgresCell) throws(PostgresError) -> UInt64 { try cell.integer() }
}

extension Float: PostgresDecodable {
  package static func decode(_ cell: PostgresCell) throws(PostgresError) -> Float {
    Float(bitPattern: try cell.fixedWidth(UInt32.self, as: Float.self, .float4))
  }
}

extension Double: PostgresDecodable {
  package static func decode(_ cell: PostgresCell) throws(PostgresError) -> Double {
    if cell.type == .float4 { return Double(try Float.decode(cell)) }
    return Double(bitPattern: try cell.fixedWidth(UInt64.self, as: Double.self, .float8))
  }
}

extension String: PostgresDecodable {
  /// Reads text types, and the text form of what has no binary form of its own here (enums).
  package static func decode(_ cell: PostgresCell) throws(PostgresError) -> String {
    // Not `String(validating:as:)`, which asks for the types behind its parameters at run time, each time: for texts as short
    // as most columns' that takes three quarters of its time.
    let text: String? = try bytes(of: cell).withMemoryRebound(to: UInt8.self) { bytes in
      guard let utf8 = try? UTF8Span(validating: bytes.span) else { return nil }
      return String(copying: utf8)
    }
    guard let text else { throw notUTF8(cell) }
    return text
  }

  /// The text's bytes in the cell, checked as `decode` does.
  static func utf8(of cell: PostgresCell) throws(PostgresError) -> UnsafeRawBufferPointer {
    let bytes = try bytes(of: cell)
    let isUTF8 = bytes.withMemoryRebound(to: UInt8.self) { (try? UTF8Span(validating: $0.span)) != nil }
    guard isUTF8 else { throw notUTF8(cell) }
    return bytes
  }

  private static func bytes(of cell: PostgresCell) throws(PostgresError) -> UnsafeRawBufferPointer {
    guard cell.type.isSentAsText || cell.type == .jsonb else { throw cell.mismatch(String.self) }
    let bytes = try cell.value(as: String.self)
    return cell.type == .jsonb ? try JSONText.document(bytes) : bytes
  }

  // client_encoding is UTF8, but a database in SQL_ASCII sends what it has.
  private static func notUTF8(_ cell: PostgresCell) -> PostgresError {
    PostgresError(.decoding, "a \(cell.type) value is not UTF-8: decode it as bytea")
  }
}

extension Optional: PostgresDecodable where Wrapped: PostgresDecodable {
  package static func decode(_ cell: PostgresCell) throws(PostgresError) -> Wrapped? {
    cell.isNull ? nil : try Wrapped.decode(cell)
  }
}
