/// A JSON document as its UTF-8 bytes, for `jsonb` and `json` columns. The server checks the syntax.
package struct JSONText: Hashable, Sendable {
  package var bytes: [UInt8]

  package init(bytes: [UInt8]) {
    self.bytes = bytes
  }

  package init(_ text: String) {
    bytes = Array(text.utf8)
  }
}

extension JSONText: PostgresEncodable, PostgresDecodable {
  /// The only version of `jsonb`'s binary form: a byte, then the document's text.
  private static let version: UInt8 = 1

  package static var postgresType: PostgresType { .jsonb }
  package func encode(into writer: inout ByteWriter) -> Bool {
    writer.write(Self.version)
    writer.write(bytes: bytes)
    return true
  }
  package static func decode(_ cell: PostgresCell) throws(PostgresError) -> JSONText {
    let value = try cell.value(as: JSONText.self)
    switch cell.type {
    case .json: return JSONText(bytes: [UInt8](value))
    case .jsonb: return JSONText(bytes: [UInt8](try document(value)))
    default: throw cell.mismatch(JSONText.self)
    }
  }

  /// The text behind the version.
  static func document(_ value: UnsafeRawBufferPointer) throws(PostgresError) -> UnsafeRawBufferPointer {
    guard value.first == version else { throw PostgresError(.decoding, "a jsonb value of an unknown version") }
    return UnsafeRawBufferPointer(rebasing: value.dropFirst())
  }
}
