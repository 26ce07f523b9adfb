internal import CProtobufC

/// From wire bytes to a C struct in an arena.
@usableFromInline
enum MessageDecoding {
  /// Validates and unpacks `bytes`; the struct is gone when the arena is reset.
  @usableFromInline
  static func unpack(
    _ bytes: UnsafeRawBufferPointer, layout: MessageLayout, limits: DecodingLimits, in arena: Arena
  ) throws(ProtobufError) -> UnsafeRawPointer {
    try WireValidator.validate(bytes, layout: layout, limits: limits)
    // Twice the allowance: the validator counts what the message needs, not what the C library frees on its way.
    arena.state.pointee.limit = max(limits.maximumMemory, bytes.count) * 2
    let start = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
    guard let message = protobuf_c_message_unpack(layout.descriptor, arena.allocator, bytes.count, start) else {
      throw ProtobufError(.codecFailure, "\(layout.fullName) could not be unpacked: malformed, or too large")
    }
    return UnsafeRawPointer(message)
  }
}
