/// A message's fields in wire form, written one by one.
///
/// For answers that are made of many small parts that come from elsewhere as bytes: to make values of them, and C structs
/// of these, takes several times as long as to copy them where they belong. Fields are to be written by rising numbers,
/// as protobuf-c does; those that have their type's default are left out.
package struct WireFieldWriter: Sendable {
  package private(set) var bytes: [UInt8] = []

  package init() {}

  package mutating func reserveCapacity(_ count: Int) { bytes.reserveCapacity(count) }

  /// An integer, a boolean or an enum.
  package mutating func append(_ field: UInt32, _ value: Int64) {
    guard value != 0 else { return }
    appendVarint(UInt64(field) << 3)
    appendVarint(UInt64(bitPattern: value))
  }

  /// A string, already UTF-8.
  package mutating func append(_ field: UInt32, _ text: UnsafeRawBufferPointer) {
    guard !text.isEmpty else { return }
    appendVarint(UInt64(field) << 3 | 2)
    appendVarint(UInt64(text.count))
    bytes.append(contentsOf: text)
  }

  /// A string.
  package mutating func append(_ field: UInt32, _ text: String) {
    var text = text
    text.withUTF8 { append(field, UnsafeRawBufferPointer($0)) }
  }

  /// A member of a `oneof`, which is written also when it is its type's default.
  package mutating func appendPresent(_ field: UInt32, _ value: Int64) {
    appendVarint(UInt64(field) << 3)
    appendVarint(UInt64(bitPattern: value))
  }

  /// An element of a repeated number, between `begin` and `end` of its field.
  package mutating func appendElement(_ value: Int64) { appendVarint(UInt64(bitPattern: value)) }

  /// Begins a message in this one: what is appended before `end` belongs to it.
  /// - Returns: what `end` is to be given.
  package mutating func begin(_ field: UInt32) -> Int {
    appendVarint(UInt64(field) << 3 | 2)
    bytes.append(0)
    return bytes.count
  }

  /// Ends the message that was begun last.
  package mutating func end(_ start: Int) {
    let count = bytes.count - start
    guard count >= 0x80 else {
      bytes[start - 1] = UInt8(count)
      return
    }
    // The length needs more than the byte that was left for it.
    var length = WireFieldWriter()
    length.appendVarint(UInt64(count))
    bytes.replaceSubrange(start - 1..<start, with: length.bytes)
  }

  private mutating func appendVarint(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }
}
