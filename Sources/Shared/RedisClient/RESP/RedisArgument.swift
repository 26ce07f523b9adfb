package import NIOCore

/// One argument of a command: any bytes.
package enum RedisArgument: Hashable, Sendable, ExpressibleByStringLiteral, ExpressibleByIntegerLiteral {
  /// UTF-8 text.
  case string(String)
  /// Bytes as they are.
  case bytes(ByteBuffer)
  /// A decimal integer.
  case integer(Int64)

  package init(stringLiteral value: String) {
    self = .string(value)
  }

  package init(integerLiteral value: Int64) {
    self = .integer(value)
  }

  /// A floating-point number in the shortest form that reads back as the same value; infinities as `inf`, `-inf`.
  package static func double(_ value: Double) -> RedisArgument {
    .string(value.description)
  }

  /// Bytes on the wire, without framing; an upper bound for integers.
  var estimatedBytes: Int {
    switch self {
    case .string(let text): text.utf8.count
    case .bytes(let bytes): bytes.readableBytes
    case .integer: 20
    }
  }
}
