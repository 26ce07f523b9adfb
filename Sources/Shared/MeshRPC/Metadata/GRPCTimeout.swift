internal import HTTPTransport

/// The value of `grpc-timeout`: one to eight digits and a unit (gRPC over HTTP2, "Timeout").
package enum GRPCTimeout {
  /// The largest number that eight digits hold.
  static let maximumValue: Int64 = 99_999_999

  /// A unit's letter on the wire and its length in nanoseconds, finest first.
  private static let units: [(letter: UInt8, nanoseconds: Int64)] = [
    (UInt8(ascii: "n"), 1),
    (UInt8(ascii: "u"), 1000),
    (UInt8(ascii: "m"), 1_000_000),
    (UInt8(ascii: "S"), 1_000_000_000),
    (UInt8(ascii: "M"), 60_000_000_000),
    (UInt8(ascii: "H"), 3_600_000_000_000),
  ]

  /// The time that the client grants, at most 99,999,999 hours. Zero is taken as a deadline that has passed, though
  /// gRPC's grammar asks for a positive number: other clients send it.
  ///
  /// - Throws: INTERNAL for anything else, the status that other servers give.
  package static func parse(_ bytes: UnsafeRawBufferPointer) throws(RPCError) -> Duration {
    guard let letter = bytes.last, bytes.count >= 2, bytes.count <= 9 else { throw malformed }
    var value: Int64 = 0
    for byte in bytes.dropLast() {
      guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { throw malformed }
      value = value * 10 + Int64(byte &- UInt8(ascii: "0"))
    }
    switch letter {
    case UInt8(ascii: "n"): return .nanoseconds(value)
    case UInt8(ascii: "u"): return .microseconds(value)
    case UInt8(ascii: "m"): return .milliseconds(value)
    case UInt8(ascii: "S"): return .seconds(value)
    case UInt8(ascii: "M"): return .seconds(value * 60)
    case UInt8(ascii: "H"): return .seconds(value * 3600)
    default: throw malformed
    }
  }

  /// The time that the client grants. Throws as the other form does.
  package static func parse(_ value: String) throws(RPCError) -> Duration {
    var value = value
    let result = value.withUTF8 { utf8 in
      Result { () throws(RPCError) in try parse(UnsafeRawBufferPointer(utf8)) }
    }
    return try result.get()
  }

  private static var malformed: RPCError {
    RPCError(code: .internal, message: "malformed grpc-timeout: expected 1 to 8 digits and one of H M S m u n")
  }

  /// The shortest field value for `timeout` in the finest unit whose number fits eight digits, rounded up: a peer must
  /// not give up before its caller does. Zero and less become `1n`, which is over when it arrives.
  package static func format(_ timeout: Duration) -> String {
    let nanoseconds = max(1, timeout.nanosecondsRoundedUp)
    var index = 0
    var value = nanoseconds
    while value > maximumValue, index + 1 < units.count {
      index += 1
      let unit = units[index].nanoseconds
      value = nanoseconds / unit + (nanoseconds % unit == 0 ? 0 : 1)
    }
    // The same time in fewer digits: 1000000u is 1S.
    while index + 1 < units.count {
      let ratio = units[index + 1].nanoseconds / units[index].nanoseconds
      guard value.isMultiple(of: ratio) else { break }
      value /= ratio
      index += 1
    }
    return String(min(value, maximumValue)) + String(UnicodeScalar(units[index].letter))
  }
}
