package import NIOCore

/// Writes length-prefixed messages (gRPC over HTTP2, "Length-Prefixed-Message").
package enum MessageFramer {
  /// The bytes before each message: one for the Compressed-Flag and four for the length.
  package static let prefixLength = 5

  /// Appends a message to `buffer`: room for the prefix, then what `body` appends, then the prefix is filled in. So a
  /// message is serialised right into the outgoing buffer. When `body` throws, `buffer` is as it was.
  ///
  /// - Throws: what `body` throws, and RESOURCE_EXHAUSTED when it wrote more than `limit` bytes. No limit can be over
  ///   4 GiB - 1, which four bytes can count.
  package static func write(
    into buffer: inout ByteBuffer, isCompressed: Bool = false, limit: Int = Int(UInt32.max),
    body: (inout ByteBuffer) throws -> Void
  ) throws {
    let start = buffer.writerIndex
    buffer.writeRepeatingByte(isCompressed ? 1 : 0, count: prefixLength)
    do {
      try body(&buffer)
      let length = buffer.writerIndex - start - prefixLength
      try check(length: length, limit: limit)
      buffer.setInteger(UInt32(truncatingIfNeeded: length), at: start + 1)
    } catch {
      buffer.moveWriterIndex(to: start)
      throw error
    }
  }

  /// Appends the prefix of a message of `length` bytes, which the caller sends behind it without copying them.
  ///
  /// - Throws: RESOURCE_EXHAUSTED when `length` is over `limit`.
  package static func writePrefix(
    length: Int, isCompressed: Bool, limit: Int = Int(UInt32.max), into buffer: inout ByteBuffer
  ) throws(RPCError) {
    try check(length: length, limit: limit)
    buffer.writeInteger(UInt8(isCompressed ? 1 : 0))
    buffer.writeInteger(UInt32(truncatingIfNeeded: length))
  }

  private static func check(length: Int, limit: Int) throws(RPCError) {
    let limit = min(limit, Int(UInt32.max))
    guard length <= limit else {
      throw RPCError(
        code: .resourceExhausted, message: "a message of \(length) bytes to send is over the limit of \(limit)")
    }
  }
}
