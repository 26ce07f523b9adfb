internal import NIOCore
internal import ProtobufBridge

/// Between messages and length-prefixed frames.
enum MessageCoding {
  /// Encodes a message into a frame, compressed if asked to.
  ///
  /// - Throws: `RPCError` INTERNAL when a string cannot be encoded, RESOURCE_EXHAUSTED above `limit` bytes.
  static func frame<Message: ProtobufMessage>(
    _ message: Message, compression: CompressionAlgorithm, limit: Int
  ) throws(RPCError) -> ByteBuffer {
    do {
      let plain = try message.withEncoding { encoding in
        let count = encoding.byteCount
        guard count <= limit else {
          throw RPCError(
            code: .resourceExhausted, message: "message of \(count) bytes is over the limit of \(limit) to send")
        }
        var buffer = ByteBufferAllocator().buffer(capacity: MessageFramer.prefixLength + count)
        buffer.writeInteger(UInt8(0))
        buffer.writeInteger(UInt32(truncatingIfNeeded: count))
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { encoding.pack(into: $0) }
        return buffer
      }
      return try compressed(plain, compression)
    } catch let error as RPCError {
      throw error
    } catch {
      throw RPCError(code: .internal, message: "cannot encode \(Message.fullName): \(error)", cause: error)
    }
  }

  /// The same for a message that is in wire form already.
  ///
  /// - Throws: `RPCError` RESOURCE_EXHAUSTED above `limit` bytes.
  static func frame<Message: ProtobufMessage>(
    _ message: EncodedMessage<Message>, compression: CompressionAlgorithm, limit: Int
  ) throws(RPCError) -> ByteBuffer {
    var plain = ByteBufferAllocator().buffer(capacity: MessageFramer.prefixLength + message.bytes.count)
    try MessageFramer.writePrefix(length: message.bytes.count, isCompressed: false, limit: limit, into: &plain)
    plain.writeBytes(message.bytes)
    return try compressed(plain, compression)
  }

  /// A plain frame as one that is compressed.
  private static func compressed(
    _ plain: ByteBuffer, _ compression: CompressionAlgorithm
  ) throws(RPCError) -> ByteBuffer {
    guard compression != .identity else { return plain }
    var payload = plain
    payload.moveReaderIndex(forwardBy: MessageFramer.prefixLength)
    let compressed = try Gzip.shared.compress(payload, with: compression)
    var buffer = ByteBufferAllocator().buffer(capacity: MessageFramer.prefixLength + compressed.readableBytes)
    buffer.writeInteger(UInt8(1))
    buffer.writeInteger(UInt32(truncatingIfNeeded: compressed.readableBytes))
    buffer.writeImmutableBuffer(compressed)
    return buffer
  }

  /// A message's bytes, inflated.
  ///
  /// - Throws: `RPCError` as `message` does.
  static func plain(
    _ frame: FramedMessage, compression: CompressionAlgorithm, limit: Int
  ) throws(RPCError) -> ByteBuffer {
    guard frame.isCompressed else { return frame.payload }
    guard compression != .identity else {
      throw RPCError(code: .internal, message: "message is marked as compressed, but grpc-encoding names no method")
    }
    return try Gzip.shared.decompress(frame.payload, with: compression, limit: limit)
  }

  /// Decodes a message from what a frame held.
  ///
  /// - Throws: `RPCError` INTERNAL for bytes that are not such a message, RESOURCE_EXHAUSTED when it inflates beyond
  ///   `limit`.
  static func message<Message: ProtobufMessage>(
    _ type: Message.Type, from frame: FramedMessage, compression: CompressionAlgorithm, limit: Int
  ) throws(RPCError) -> Message {
    let payload = try plain(frame, compression: compression, limit: limit)
    do {
      return try payload.withUnsafeReadableBytes { try Message(wire: $0) }
    } catch {
      throw RPCError(code: .internal, message: "cannot decode \(Message.fullName): \(error)", cause: error)
    }
  }
}

extension Gzip {
  /// One pool of compressors for the process.
  static let shared = Gzip()
}
