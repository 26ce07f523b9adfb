internal import CProtobufC

/// A field's declared type, in the order of protobuf-c's `ProtobufCType`.
package enum FieldKind: UInt8, Sendable, Hashable {
  case int32, sint32, sfixed32
  case int64, sint64, sfixed64
  case uint32, fixed32
  case uint64, fixed64
  case float, double
  case bool, `enum`, string, bytes, message

  init?(_ type: ProtobufCType) { self.init(rawValue: UInt8(truncatingIfNeeded: type.rawValue)) }

  /// The wire type of one value (protocol buffers encoding, "Message Structure").
  var wireType: WireType {
    switch self {
    case .int32, .int64, .uint32, .uint64, .sint32, .sint64, .bool, .enum: .varint
    case .sfixed32, .fixed32, .float: .fixed32
    case .sfixed64, .fixed64, .double: .fixed64
    case .string, .bytes, .message: .lengthDelimited
    }
  }

  /// The size of one value in a C struct or in the array of a repeated field, in bytes.
  var memorySize: Int {
    switch self {
    case .int32, .sint32, .sfixed32, .uint32, .fixed32, .float, .bool, .enum: 4
    case .int64, .sint64, .sfixed64, .uint64, .fixed64, .double: 8
    case .string, .message: MemoryLayout<UnsafeRawPointer>.size
    case .bytes: MemoryLayout<ProtobufCBinaryData>.size
    }
  }
}

/// How a value's extent is told on the wire.
enum WireType: UInt8, Sendable {
  case varint = 0
  case fixed64 = 1
  case lengthDelimited = 2
  case startGroup = 3
  case endGroup = 4
  case fixed32 = 5
}
