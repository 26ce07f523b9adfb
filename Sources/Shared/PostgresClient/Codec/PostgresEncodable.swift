/// A value that can be a statement's parameter or a column of `COPY … FROM STDIN (FORMAT binary)`.
package protocol PostgresEncodable: Sendable {
  /// The parameter's type, or `.unspecified` to have the server take it from the statement.
  static var postgresType: PostgresType { get }
  /// Whether parameters are sent in the type's text format (needed where the type is unspecified).
  static var isPostgresText: Bool { get }
  /// Appends the value's bytes; false, with nothing appended, for NULL.
  /// - Throws: `PostgresError` `.invalidParameter` when the value has no form in PostgreSQL.
  func encode(into writer: inout ByteWriter) throws(PostgresError) -> Bool
}

extension PostgresEncodable {
  package static var isPostgresText: Bool { false }
}

extension Bool: PostgresEncodable {
  package static var postgresType: PostgresType { .bool }
  package func encode(into writer: inout ByteWriter) -> Bool {
    writer.write(UInt8(self ? 1 : 0))
    return true
  }
}

extension Int16: PostgresEncodable {
  package static var postgresType: PostgresType { .int2 }
  package func encode(into writer: inout ByteWriter) -> Bool {
    writer.write(self)
    return true
  }
}

extension Int32: PostgresEncodable {
  package static var postgresType: PostgresType { .int4 }
  package func encode(into writer: inout ByteWriter) -> Bool {
    writer.write(self)
    return true
  }
}

extension Int64: PostgresEncodable {
  package static var postgresType: PostgresType { .int8 }
  package func encode(into writer: inout ByteWriter) -> Bool {
    writer.write(self)
    return true
  }
}

extension Int: PostgresEncodable {
  package static var postgresType: PostgresType { .int8 }
  package func encode(into writer: inout ByteWriter) -> Bool {
    writer.write(Int64(self))
    return true
  }
}

extension Float: PostgresEncodable {
  package static var postgresType: PostgresType { .float4 }
  package func encode(into writer: inout ByteWriter) -> Bool {
    writer.write(bitPattern)
    return true
  }
}

extension Double: PostgresEncodable {
  package static var postgresType: PostgresType { .float8 }
  package func encode(into writer: inout ByteWriter) -> Bool {
    writer.write(bitPattern)
    return true
  }
}

extension String: PostgresEncodable {
  /// Unspecified and in text format, so that a string fits text, enums, dates, jsonb and every other type by that
  /// type's own input function.
  package static var postgresType: PostgresType { .unspecified }
  package static var isPostgresText: Bool { true }
  package func encode(into writer: inout ByteWriter) throws(PostgresError) -> Bool {
    try writer.write(text: self)
    return true
  }
}

extension Optional: PostgresEncodable where Wrapped: PostgresEncodable {
  package static var postgresType: PostgresType { Wrapped.postgresType }
  package static var isPostgresText: Bool { Wrapped.isPostgresText }
  package func encode(into writer: inout ByteWriter) throws(PostgresError) -> Bool {
    switch self {
    case .some(let value): try value.encode(into: &writer)
    case .none: false
    }
  }
}
