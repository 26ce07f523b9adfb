internal import MeshMessages
internal import MeshRPC
internal import ProtobufBridge

extension GoogleProtobuf.Timestamp {
  init(_ time: UnixTime) {
    self.init()
    seconds = time.seconds
    nanos = Int32(truncatingIfNeeded: (time.microseconds - time.seconds * 1_000_000) * 1000)
  }

  var unixTime: UnixTime { UnixTime(seconds: seconds) + .microseconds(Int64(nanos) / 1000) }
}

extension GoogleProtobuf.Duration {
  init(_ duration: Swift.Duration) {
    self.init()
    seconds = duration.components.seconds
    nanos = Int32(truncatingIfNeeded: duration.components.attoseconds / 1_000_000_000)
  }
}

extension Money {
  init(_ message: CommonV1.Money) { self.init(message.minorUnits, message.currency) }

  /// A price that a person gave.
  static func checked(_ message: CommonV1.Money?, field: String) throws(RPCError) -> Money {
    guard let message else { throw .field(field, "expected an amount") }
    guard isCurrencyCode(message.currency) else {
      throw .field(field + ".currency", "expected three capital letters (ISO 4217), such as TRY")
    }
    guard message.minorUnits > 0 else { throw .field(field + ".minor_units", "expected more than 0") }
    return Money(message)
  }

  var message: CommonV1.Money {
    .with {
      $0.currency = currency
      $0.minorUnits = minorUnits
    }
  }
}
