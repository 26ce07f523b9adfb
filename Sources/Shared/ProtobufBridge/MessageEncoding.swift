internal import CProtobufC

/// A message ready to be packed. Valid only inside the closure that receives it.
@usableFromInline
package struct MessageEncoding: ~Copyable {
  /// The size of the wire form in bytes.
  package let byteCount: Int
  private let message: UnsafePointer<ProtobufCMessage>

  /// - Parameter message: A filled struct that outlives the new value.
  @usableFromInline
  init(_ message: UnsafeMutableRawPointer) {
    self.message = UnsafePointer(message.assumingMemoryBound(to: ProtobufCMessage.self))
    byteCount = protobuf_c_message_get_packed_size(self.message)
  }

  /// Writes the wire form to the start of `buffer`.
  ///
  /// - Parameter buffer: Room for at least `byteCount` bytes; less is a programming error and stops the process.
  /// - Returns: The number of bytes written, `byteCount`.
  @discardableResult
  package borrowing func pack(into buffer: UnsafeMutableRawBufferPointer) -> Int {
    guard byteCount > 0 else { return 0 }
    precondition(buffer.count >= byteCount, "the buffer is smaller than the encoded message")
    guard let start = buffer.baseAddress else { return 0 }
    return protobuf_c_message_pack(message, start.assumingMemoryBound(to: UInt8.self))
  }
}
