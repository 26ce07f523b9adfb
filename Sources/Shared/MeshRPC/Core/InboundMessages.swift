internal import NIOCore

/// Received body bytes on their way to messages: taken apart only when somebody asks for the next message, so that
/// bytes which nobody wants yet hold the peer's window closed.
struct InboundMessages {
  private var input = ByteBuffer()
  private var deframer: MessageDeframer
  private var collected: FramedMessage?
  private(set) var isEnded = false

  init(limit: Int) { deframer = MessageDeframer(limit: limit) }

  /// Takes bytes from the transport.
  mutating func append(_ data: ByteBuffer, endStream: Bool) {
    if input.readableBytes == 0 {
      input = data
    } else {
      input.writeImmutableBuffer(data)
    }
    if endStream { isEnded = true }
  }

  mutating func end() { isEnded = true }

  /// Takes what has arrived of a message that is wanted for certain, so that the rest may come; `next` yields it.
  ///
  /// - Throws: `RPCError` for bad framing or a second message.
  mutating func collectSingle(consumed: inout Int) throws(RPCError) {
    guard input.readableBytes > 0 else { return }
    guard collected == nil else {
      throw RPCError(code: .internal, message: "got more than one message where one was expected")
    }
    collected = try next(consumed: &consumed)
  }

  /// The next whole message, or nil when more bytes are needed or, if `isEnded`, when there are no more.
  ///
  /// - Parameter consumed: grows by the bytes taken out of the transport's hands.
  /// - Throws: `RPCError` for bad framing, and for a stream that ends inside a message.
  mutating func next(consumed: inout Int) throws(RPCError) -> FramedMessage? {
    if let message = collected {
      collected = nil
      return message
    }
    let before = input.readableBytes
    defer { consumed += before - input.readableBytes }
    if before > 0 {
      if let message = try deframer.next(from: &input) {
        if input.readableBytes == 0 { input = ByteBuffer() }
        return message
      }
    }
    if isEnded { try deframer.finish() }
    return nil
  }
}
