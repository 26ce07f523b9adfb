internal import NIOCore

/// Which of a cluster's 16384 slots a key belongs to (https://redis.io/docs/reference/cluster-spec, "Key distribution
/// model").
package enum HashSlot {
  /// The number of slots.
  package static let count = 16_384

  /// The slot of a key: CRC16 of its hash tag, what stands between the first `{` and the next `}` unless that is
  /// empty, else of the whole key.
  package static func of(_ key: RedisArgument) -> Int {
    switch key {
    case .string(let text):
      var text = text
      return text.withUTF8 { of(UnsafeRawBufferPointer($0)) }
    case .bytes(let bytes):
      return bytes.withUnsafeReadableBytes { of($0) }
    case .integer(let value):
      return of(.string(String(value)))
    }
  }

  /// The one slot of all of a command's keys; nil when it has none.
  ///
  /// - Throws: `RedisError` with `.crossSlot`.
  package static func of(_ command: RedisCommand) throws(RedisError) -> Int? {
    let keys = command.keyArguments
    guard let first = keys.first else { return nil }
    let slot = of(first)
    for key in keys.dropFirst() where of(key) != slot {
      throw RedisError(
        .crossSlot, "the keys of \(command.name) are in different slots; give them one hash tag: {tag}…")
    }
    return slot
  }

  private static func of(_ key: UnsafeRawBufferPointer) -> Int {
    var hashed = key[...]
    if let open = key.firstIndex(of: UInt8(ascii: "{")),
      let close = key[(open + 1)...].firstIndex(of: UInt8(ascii: "}")), close > open + 1
    {
      hashed = key[(open + 1)..<close]
    }
    return Int(crc16(hashed)) % count
  }

  /// CRC-16/XMODEM: polynomial 0x1021, no reflection, no final XOR.
  private static func crc16(_ bytes: Slice<UnsafeRawBufferPointer>) -> UInt16 {
    bytes.reduce(0) { crc, byte in (crc << 8) ^ table[Int(UInt8(truncatingIfNeeded: crc >> 8) ^ byte)] }
  }

  private static let table: [UInt16] = (0..<256).map { index in
    (0..<8).reduce(UInt16(index) << 8) { crc, _ in crc & 0x8000 == 0 ? crc << 1 : (crc << 1) ^ 0x1021 }
  }
}
