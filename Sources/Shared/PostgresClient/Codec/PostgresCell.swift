/// One column of one row, valid while it is being decoded.
package struct PostgresCell {
  /// The column's type.
  package let type: PostgresType
  let bytes: UnsafeRawBufferPointer?

  init(type: PostgresType, bytes: UnsafeRawBufferPointer?) {
    self.type = type
    self.bytes = bytes
  }

  package var isNull: Bool { bytes == nil }

  @inline(__always)
  func value<T>(as swiftType: T.Type) throws(PostgresError) -> UnsafeRawBufferPointer {
    guard let bytes else {
      throw PostgresError(.decoding, "NULL where \(T.self) was expected: decode \(T.self)? instead")
    }
    return bytes
  }

  func mismatch<T>(_ swiftType: T.Type) -> PostgresError {
    PostgresError(.decoding, "\(type) cannot be read as \(T.self)")
  }

  /// The big-endian value of a type with a fixed width.
  @inline(__always)
  func fixedWidth<Raw: FixedWidthInteger, T>(
    _ raw: Raw.Type, as swiftType: T.Type, _ expected: PostgresType
  ) throws(PostgresError) -> Raw {
    let value = try value(as: T.self)
    guard type == expected, value.count == MemoryLayout<Raw>.size else { throw mismatch(T.self) }
    return Raw(bigEndian: value.loadUnaligned(as: Raw.self))
  }

  /// Any integer type, when the value fits.
  @inline(__always)
  func integer<T: FixedWidthInteger>() throws(PostgresError) -> T {
    let value = try value(as: T.self)
    let wide: T?
    switch (type, value.count) {
    case (.int8, 8): wide = T(exactly: Int64(bigEndian: value.loadUnaligned(as: Int64.self)))
    case (.int4, 4): wide = T(exactly: Int32(bigEndian: value.loadUnaligned(as: Int32.self)))
    case (.int2, 2): wide = T(exactly: Int16(bigEndian: value.loadUnaligned(as: Int16.self)))
    case (.oid, 4): wide = T(exactly: UInt32(bigEndian: value.loadUnaligned(as: UInt32.self)))
    case (.xid8, 8): wide = T(exactly: UInt64(bigEndian: value.loadUnaligned(as: UInt64.self)))
    default: throw mismatch(T.self)
    }
    guard let wide else { throw PostgresError(.decoding, "a \(type) value does not fit \(T.self)") }
    return wide
  }
}

/// Reads big-endian fields out of a cell, refusing to pass its end.
struct CellReader {
  private let bytes: UnsafeRawBufferPointer
  private(set) var offset = 0

  init(_ bytes: UnsafeRawBufferPointer) {
    self.bytes = bytes
  }

  var remaining: Int { bytes.count - offset }

  mutating func read<T: FixedWidthInteger>(_ type: T.Type) throws(PostgresError) -> T {
    let part = try take(MemoryLayout<T>.size)
    return T(bigEndian: part.loadUnaligned(as: T.self))
  }

  /// - Throws: `PostgresError` `.decoding` when bytes are left over.
  func expectEnd() throws(PostgresError) {
    guard remaining == 0 else {
      throw PostgresError(.decoding, "a value has \(remaining) bytes more than it declares")
    }
  }

  mutating func take(_ count: Int) throws(PostgresError) -> UnsafeRawBufferPointer {
    guard count >= 0, count <= remaining else {
      throw PostgresError(.decoding, "a value ends before its declared length")
    }
    defer { offset += count }
    return UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + count])
  }
}
