/// The fields of a message's wire form that was validated before: for messages of a few numbers and strings, whose JSON
/// form is written without unpacking them. What comes twice counts as it comes last.
package struct WireFields {
  private let start: UnsafePointer<UInt8>?
  private let count: Int

  init(_ start: UnsafePointer<UInt8>?, _ count: Int) {
    self.start = start
    self.count = count
  }

  /// The value of a field of type int32, int64, uint32, uint64 or bool; 0 when it is absent.
  package func integer(_ number: UInt32) -> Int64 {
    guard let start else { return 0 }
    var found: UInt64 = 0
    var position = start
    while position < start + count {
      let tag = WireBytes.varint(&position)
      if tag == UInt64(number) << 3 {
        found = WireBytes.varint(&position)
      } else {
        WireBytes.skip(&position, tag)
      }
    }
    return Int64(bitPattern: found)
  }

  /// The value of a field of type string or bytes; empty when it is absent.
  package func text(_ number: UInt32) -> UnsafeRawBufferPointer {
    guard let start else { return UnsafeRawBufferPointer(start: nil, count: 0) }
    var found = UnsafeRawBufferPointer(start: nil, count: 0)
    var position = start
    while position < start + count {
      let tag = WireBytes.varint(&position)
      if tag == UInt64(number) << 3 | UInt64(WireType.lengthDelimited.rawValue) {
        let length = Int(WireBytes.varint(&position))
        found = UnsafeRawBufferPointer(start: position, count: length)
        position += length
      } else {
        WireBytes.skip(&position, tag)
      }
    }
    return found
  }
}

/// Steps through bytes that were validated before.
enum WireBytes {
  /// A variable-length number.
  @inline(__always)
  static func varint(_ position: inout UnsafePointer<UInt8>) -> UInt64 {
    var byte = position.pointee
    position += 1
    if byte < 0x80 { return UInt64(byte) }
    var value = UInt64(byte & 0x7f)
    var shift: UInt64 = 7
    repeat {
      byte = position.pointee
      position += 1
      value |= UInt64(byte & 0x7f) &<< shift
      shift &+= 7
    } while byte >= 0x80
    return value
  }

  /// Passes over a field's value.
  @inline(__always)
  static func skip(_ position: inout UnsafePointer<UInt8>, _ tag: UInt64) {
    switch WireType(rawValue: UInt8(tag & 7)) {
    case .varint: _ = varint(&position)
    case .fixed64: position += 8
    case .fixed32: position += 4
    // Validation leaves no group.
    default: position += Int(varint(&position))
    }
  }
}
