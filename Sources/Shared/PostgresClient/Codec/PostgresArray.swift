/// A value that can be the element of an array; `UInt8` makes its array a `bytea` instead.
package protocol PostgresArrayElement: Sendable {
  /// The type of `[Self]`.
  static var postgresArrayType: PostgresType { get }
  static func encodeArray(_ elements: [Self], into writer: inout ByteWriter) throws(PostgresError)
  static func decodeArray(_ cell: PostgresCell) throws(PostgresError) -> [Self]
}

extension Array: PostgresEncodable where Element: PostgresArrayElement {
  package static var postgresType: PostgresType { Element.postgresArrayType }
  package func encode(into writer: inout ByteWriter) throws(PostgresError) -> Bool {
    try Element.encodeArray(self, into: &writer)
    return true
  }
}

extension Array: PostgresDecodable where Element: PostgresArrayElement {
  package static func decode(_ cell: PostgresCell) throws(PostgresError) -> [Element] {
    try Element.decodeArray(cell)
  }
}

extension UInt8: PostgresArrayElement {
  package static var postgresArrayType: PostgresType { .bytea }
  package static func encodeArray(_ elements: [UInt8], into writer: inout ByteWriter) {
    writer.write(bytes: elements)
  }
  package static func decodeArray(_ cell: PostgresCell) throws(PostgresError) -> [UInt8] {
    let value = try cell.value(as: [UInt8].self)
    guard cell.type == .bytea else { throw cell.mismatch([UInt8].self) }
    return [UInt8](value)
  }
}

/// The array form that all other elements share (`array_send`): dimensions, a null flag, the element's type, then
/// each element with its length.
package protocol PostgresPlainArrayElement: PostgresArrayElement, PostgresEncodable, PostgresDecodable {
  /// The element's type inside an array, where it cannot be left to the server.
  static var postgresElementType: PostgresType { get }
}

extension PostgresPlainArrayElement {
  package static var postgresElementType: PostgresType { postgresType }

  package static func encodeArray(_ elements: [Self], into writer: inout ByteWriter) throws(PostgresError) {
    writer.write(Int32(elements.isEmpty ? 0 : 1))
    let flagsAt = writer.count
    writer.write(Int32(0))
    writer.write(postgresElementType.oid)
    guard !elements.isEmpty else { return }
    guard let count = Int32(exactly: elements.count) else {
      throw PostgresError(.invalidParameter, "an array has more elements than PostgreSQL counts")
    }
    writer.write(count)
    writer.write(Int32(1))
    var hasNulls = false
    for element in elements {
      try writer.writeLengthPrefixed { (writer) throws(PostgresError) in
        let isValue = try element.encode(into: &writer)
        hasNulls = hasNulls || !isValue
        return isValue
      }
    }
    if hasNulls { writer.replace(at: flagsAt, with: 1) }
  }

  package static func decodeArray(_ cell: PostgresCell) throws(PostgresError) -> [Self] {
    var array = try ArrayReader(cell, of: Self.self)
    var elements: [Self] = []
    elements.reserveCapacity(array.remaining)
    while let element = try array.next() { elements.append(try Self.decode(element)) }
    return elements
  }
}

/// Walks through an array's elements.
struct ArrayReader {
  private var reader: CellReader
  private let elementType: PostgresType
  /// Elements that `next` has not given yet.
  private(set) var remaining = 0

  init<Element: PostgresPlainArrayElement>(_ cell: PostgresCell, of type: Element.Type) throws(PostgresError) {
    reader = CellReader(try cell.value(as: [Element].self))
    guard cell.type.isArray(readAs: Element.postgresArrayType) else { throw cell.mismatch([Element].self) }
    let dimensions = try reader.read(Int32.self)
    _ = try reader.read(Int32.self)
    elementType = PostgresType(oid: try reader.read(UInt32.self))
    guard dimensions != 0 else { return }
    guard dimensions == 1 else {
      throw PostgresError(.decoding, "an array of \(dimensions) dimensions cannot be read as \([Element].self)")
    }
    let count = Int(try reader.read(Int32.self))
    _ = try reader.read(Int32.self)
    // Each element takes at least its length field.
    guard count >= 0, count <= reader.remaining / 4 else {
      throw PostgresError(.decoding, "an array's count exceeds its bytes")
    }
    remaining = count
  }

  /// The next element; nil at the end.
  mutating func next() throws(PostgresError) -> PostgresCell? {
    guard remaining > 0 else {
      try reader.expectEnd()
      return nil
    }
    remaining -= 1
    let length = Int(try reader.read(Int32.self))
    return PostgresCell(type: elementType, bytes: length == -1 ? nil : try reader.take(length))
  }
}

extension Bool: PostgresPlainArrayElement {
  package static var postgresArrayType: PostgresType { .boolArray }
}
extension Int16: PostgresPlainArrayElement {
  package static var postgresArrayType: PostgresType { .int2Array }
}
extension Int32: PostgresPlainArrayElement {
  package static var postgresArrayType: PostgresType { .int4Array }
}
extension Int64: PostgresPlainArrayElement {
  package static var postgresArrayType: PostgresType { .int8Array }
}
extension Int: PostgresPlainArrayElement {
  package static var postgresArrayType: PostgresType { .int8Array }
}
extension Float: PostgresPlainArrayElement {
  package static var postgresArrayType: PostgresType { .float4Array }
}
extension Double: PostgresPlainArrayElement {
  package static var postgresArrayType: PostgresType { .float8Array }
}
extension String: PostgresPlainArrayElement {
  package static var postgresArrayType: PostgresType { .textArray }
  package static var postgresElementType: PostgresType { .text }
}
extension Timestamp: PostgresPlainArrayElement {
  package static var postgresArrayType: PostgresType { .timestamptzArray }
}
extension ExactDecimal: PostgresPlainArrayElement {
  package static var postgresArrayType: PostgresType { .numericArray }
}
extension UUIDBytes: PostgresPlainArrayElement {
  package static var postgresArrayType: PostgresType { .uuidArray }
}
extension JSONText: PostgresPlainArrayElement {
  package static var postgresArrayType: PostgresType { .jsonbArray }
}
extension Array: PostgresArrayElement where Element == UInt8 {
  package static var postgresArrayType: PostgresType { .byteaArray }
}
extension Array: PostgresPlainArrayElement where Element == UInt8 {}

extension Optional: PostgresArrayElement where Wrapped: PostgresPlainArrayElement {
  package static var postgresArrayType: PostgresType { Wrapped.postgresArrayType }
}
extension Optional: PostgresPlainArrayElement where Wrapped: PostgresPlainArrayElement {
  package static var postgresElementType: PostgresType { Wrapped.postgresElementType }
}
