package import NIOCore

/// One message as it travelled: its bytes without the prefix, and whether they are compressed.
package struct FramedMessage: Sendable, Hashable {
  /// The bytes behind the prefix. They may share memory with the buffer that they came in.
  package var payload: ByteBuffer

  /// The Compressed-Flag: whether `payload` is in the encoding that `grpc-encoding` names.
  package var isCompressed: Bool

  package init(payload: ByteBuffer, isCompressed: Bool) {
    self.payload = payload
    self.isCompressed = isCompressed
  }
}

/// Cuts a stream of bytes into length-prefixed messages (gRPC over HTTP2, "Length-Prefixed-Message").
///
/// The owner keeps what it received and offers it buffer by buffer; the deframer keeps one unfinished message at most
/// and never more than `limit` bytes of it. A message that lies within one buffer is a slice of it and is not copied.
/// One that spans buffers is copied together; its memory grows with what arrived, not with what the prefix promises.
///
/// After an error every further call throws the same error: the boundaries are lost.
package struct MessageDeframer: Sendable {
  /// The largest payload accepted, in bytes.
  package let limit: Int

  /// The bytes of an unfinished prefix, in the low bits, and how many they are.
  private var prefix: UInt64 = 0
  private var prefixCount = 0

  /// The message whose prefix is complete, and how many of its bytes are missing.
  private var partial = ByteBuffer()
  private var isInsideMessage = false
  private var isCompressed = false
  private var missing = 0

  private var failure: RPCError?

  package init(limit: Int) { self.limit = limit }

  /// Whether a message has begun and not ended.
  package var isMidMessage: Bool { prefixCount > 0 || isInsideMessage }

  /// The bytes kept of an unfinished message, prefix included.
  package var bufferedBytes: Int {
    isInsideMessage ? MessageFramer.prefixLength + partial.readableBytes : prefixCount
  }

  /// The memory held for an unfinished message, for tests.
  var partialCapacity: Int { partial.capacity }

  /// Takes the next message out of `input`. Nil when none is complete: then `input` is used up.
  ///
  /// - Throws: INTERNAL when the Compressed-Flag is neither 0 nor 1; RESOURCE_EXHAUSTED when the prefix announces more
  ///   than `limit` bytes, before any of them is kept.
  package mutating func next(from input: inout ByteBuffer) throws(RPCError) -> FramedMessage? {
    if let failure { throw failure }
    if isInsideMessage { return takeRest(from: &input) }
    let length: Int
    if prefixCount == 0, let flag = input.getInteger(at: input.readerIndex, as: UInt8.self),
      let announced = input.getInteger(at: input.readerIndex + 1, as: UInt32.self)
    {
      input.moveReaderIndex(forwardBy: MessageFramer.prefixLength)
      length = try begin(flag: flag, announced: announced)
    } else {
      while prefixCount < MessageFramer.prefixLength {
        guard let byte = input.readInteger(as: UInt8.self) else { return nil }
        prefix = prefix << 8 | UInt64(byte)
        prefixCount += 1
      }
      let complete = prefix
      prefix = 0
      prefixCount = 0
      length = try begin(
        flag: UInt8(truncatingIfNeeded: complete >> 32), announced: UInt32(truncatingIfNeeded: complete))
    }
    if let payload = input.readSlice(length: length) {
      return FramedMessage(payload: payload, isCompressed: isCompressed)
    }
    isInsideMessage = true
    missing = length
    return takeRest(from: &input)
  }

  /// To be called when the peer has ended the stream.
  ///
  /// - Throws: INTERNAL when it ended inside a message.
  package mutating func finish() throws(RPCError) {
    if let failure { throw failure }
    guard isMidMessage else { return }
    let place =
      isInsideMessage
      ? "\(missing) of \(partial.readableBytes + missing) bytes before the message's end" : "inside a message's prefix"
    throw fail(.internal, "the stream ended \(place)")
  }

  private mutating func begin(flag: UInt8, announced: UInt32) throws(RPCError) -> Int {
    guard flag <= 1 else {
      throw fail(.internal, "a message's compressed flag is \(flag); only 0 and 1 are defined")
    }
    guard Int(announced) <= limit else {
      throw fail(.resourceExhausted, "a message of \(announced) bytes is over the limit of \(limit)")
    }
    isCompressed = flag == 1
    return Int(announced)
  }

  private mutating func takeRest(from input: inout ByteBuffer) -> FramedMessage? {
    let count = min(missing, input.readableBytes)
    if var part = input.readSlice(length: count), count > 0 {
      partial.writeBuffer(&part)
      missing -= count
    }
    guard missing == 0 else { return nil }
    let payload = partial
    partial = ByteBuffer()
    isInsideMessage = false
    return FramedMessage(payload: payload, isCompressed: isCompressed)
  }

  private mutating func fail(_ code: RPCError.Code, _ message: String) -> RPCError {
    let error = RPCError(code: code, message: message)
    failure = error
    partial = ByteBuffer()
    return error
  }
}
