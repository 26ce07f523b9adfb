/// Appends `value` in base 128, least significant group first (encoding guide, "Base 128 Varints").
func appendVarint(_ value: UInt64, to bytes: inout [UInt8]) {
  var rest = value
  while rest >= 0x80 {
    bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
    rest >>= 7
  }
  bytes.append(UInt8(rest))
}

/// A field's number and wire type at the start of some bytes that were validated before.
struct WireTag {
  let number: UInt32
  let wireType: UInt8
  /// Bytes that the tag takes.
  let size: Int

  init?(_ bytes: UnsafeRawPointer, _ count: Int) {
    var value: UInt64 = 0
    var size = 0
    while size < min(count, 5) {
      let byte = bytes.load(fromByteOffset: size, as: UInt8.self)
      value |= UInt64(byte & 0x7f) << (7 * UInt64(size))
      size += 1
      if byte < 0x80 {
        number = UInt32(truncatingIfNeeded: value >> 3)
        wireType = UInt8(value & 7)
        self.size = size
        return
      }
    }
    return nil
  }
}
