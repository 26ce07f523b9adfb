/// Bytes of parameters in PostgreSQL's binary formats: integers in network order.
package struct ByteWriter: Sendable {
  package private(set) var bytes: [UInt8] = []

  package init(capacity: Int = 0) {
    bytes.reserveCapacity(capacity)
  }

  package var count: Int { bytes.count }

  @inline(__always)
  package mutating func write<T: FixedWidthInteger>(_ value: T) {
    withUnsafeBytes(of: value.bigEndian) { bytes.append(contentsOf: $0) }
  }

  package mutating func write(bytes other: some Collection<UInt8>) {
    bytes.append(contentsOf: other)
  }

  /// Appends UTF-8 as it is.
  /// - Throws: `PostgresError` `.invalidParameter` when it holds U+0000, which no PostgreSQL text can.
  package mutating func write(text: String) throws(PostgresError) {
    var text = text
    let start = bytes.count
    text.withUTF8 { bytes.append(contentsOf: $0) }
    let hasNUL = bytes.withUnsafeBufferPointer { buffer in
      buffer[start...].contains(0)
    }
    if hasNUL {
      bytes.removeLast(bytes.count - start)
      throw PostgresError(
        .invalidParameter,
        "a text parameter holds the character U+0000, which PostgreSQL cannot store: strip it, or use bytea")
    }
  }

  /// Writes a length in four bytes before what `body` writes, or -1 when `body` says that it is null.
  mutating func writeLengthPrefixed(
    _ body: (inout ByteWriter) throws(PostgresError) -> Bool
  ) throws(PostgresError) {
    let at = bytes.count
    write(Int32(0))
    let isValue = try body(&self)
    replace(at: at, with: isValue ? Int32(truncatingIfNeeded: bytes.count - at - 4) : -1)
  }

  mutating func replace(at offset: Int, with value: Int32) {
    withUnsafeBytes(of: value.bigEndian) { source in
      for (index, byte) in source.enumerated() { bytes[offset + index] = byte }
    }
  }

  mutating func removeAll() { bytes.removeAll(keepingCapacity: true) }

  /// Takes what was written and leaves the writer empty.
  mutating func take() -> [UInt8] {
    var taken: [UInt8] = []
    swap(&taken, &bytes)
    return taken
  }
}
