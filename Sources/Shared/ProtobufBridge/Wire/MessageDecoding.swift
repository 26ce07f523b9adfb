internal import CProtobufC

/// From wire bytes to a C struct in the thread's arena.
package enum MessageDecoding {
  /// Validates and unpacks `bytes`, and calls `body` with the struct, which is gone when `body` returns.
  package static func decode<R>(
    _ bytes: UnsafeRawBufferPointer, layout: MessageLayout, limits: DecodingLimits,
    _ body: (UnsafeRawPointer) throws(ProtobufError) -> R
  ) throws(ProtobufError) -> R {
    try WireValidator.validate(bytes, layout: layout, limits: limits)
    return try withArena { (arena) throws(ProtobufError) in
      // Twice the allowance: the validator counts what the message needs, not what the C library frees on its way.
      arena.state.pointee.limit = max(limits.maximumMemory, bytes.count) * 2
      let start = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
      guard let message = protobuf_c_message_unpack(layout.descriptor, arena.allocator, bytes.count, start) else {
        throw ProtobufError(.codecFailure, "\(layout.fullName) could not be unpacked: malformed, or too large")
      }
      return try body(UnsafeRawPointer(message))
    }
  }
}
