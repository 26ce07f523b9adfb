internal import CNghttp2
package import NIOCore

/// One HTTP/2 stream: the queue of what is to be sent and the account of what was received.
///
/// Confined to the connection's event loop; nghttp2 holds it as the stream's user data, the session keeps it alive
/// until the stream closes.
package final class HTTP2Stream: HTTPStream, @unchecked Sendable {
  package let id: Int32
  package let eventLoop: any EventLoop
  package let connection: HTTPConnectionInfo
  package var delegate: (any HTTPStreamDelegate)?
  package var enforcesBodyTimeout = true
  /// Closed before the session goes away (`HTTP2Session.deinit`), and never used once closed.
  private unowned let session: HTTP2Session

  // What has arrived.
  var collecting = HeaderBlock()
  var collectedSize = 0
  var headersOverflowed = false
  var receivedHead = false
  var remoteEnded = false
  var unconsumed = 0
  var lastProgress: NIODeadline

  // What waits to be sent.
  private var head: ByteBuffer?
  private var rest = CircularBuffer<ByteBuffer>(initialCapacity: 2)
  package private(set) var outboundBufferedBytes = 0
  var endQueued = false
  var trailers: HeaderBlock?
  var headSent = false
  var isDeferred = false
  var endSubmitted = false
  var wantsWritable = false

  var isClosed = false
  var resetByUs: HTTP2ErrorCode?

  init(id: Int32, session: HTTP2Session) {
    self.id = id
    self.session = session
    eventLoop = session.eventLoop
    connection = session.connection
    lastProgress = .now()
  }

  package func send(head: HeaderBlock, endStream: Bool) {
    eventLoop.assertInEventLoop()
    guard !isClosed, !headSent else { return }
    headSent = true
    if endStream { endSubmitted = true }
    session.submitHead(head, on: self, endStream: endStream)
  }

  package func send(data: ByteBuffer, endStream: Bool) {
    eventLoop.assertInEventLoop()
    guard !isClosed, headSent, !endSubmitted, !endQueued else { return }
    let count = data.readableBytes
    if count > 0 {
      if head == nil { head = data } else { rest.append(data) }
      outboundBufferedBytes += count
      session.outboundBuffered += count
      if outboundBufferedBytes > HTTPStreamWatermark.high { wantsWritable = true }
    }
    if endStream { endQueued = true }
    if count > 0 || endStream { session.resume(self) }
  }

  package func send(trailers: HeaderBlock) {
    eventLoop.assertInEventLoop()
    guard !isClosed, headSent, !endSubmitted, !endQueued else { return }
    if outboundBufferedBytes == 0 {
      endSubmitted = true
      session.submitTrailers(trailers, on: self)
    } else {
      self.trailers = trailers
      endQueued = true
      session.resume(self)
    }
  }

  package func reset(_ code: HTTP2ErrorCode) {
    eventLoop.assertInEventLoop()
    guard !isClosed, resetByUs == nil else { return }
    resetByUs = code
    dropOutbound()
    session.submitReset(code, on: self)
  }

  package func consumed(_ bytes: Int) {
    eventLoop.assertInEventLoop()
    let bytes = min(bytes, unconsumed)
    guard bytes > 0, !isClosed else { return }
    unconsumed -= bytes
    session.consume(bytes, on: self)
  }

  /// Moves exactly `count` queued bytes to the end of `out`.
  func moveOutbound(_ count: Int, to out: inout ByteBuffer) {
    var left = count
    while left > 0, var buffer = head {
      if buffer.readableBytes <= left {
        left -= buffer.readableBytes
        out.writeBuffer(&buffer)
        head = rest.isEmpty ? nil : rest.removeFirst()
      } else {
        head = nil
        if var slice = buffer.readSlice(length: left) { out.writeBuffer(&slice) }
        head = buffer
        left = 0
      }
    }
    outboundBufferedBytes -= count
    session.outboundBuffered -= count
  }

  /// Forgets what is queued; the stream is broken off.
  private func dropOutbound() {
    session.outboundBuffered -= outboundBufferedBytes
    outboundBufferedBytes = 0
    clearQueue()
  }

  /// Marks the stream as over. The session corrects its own sums: it may be going away itself.
  func close() {
    isClosed = true
    unconsumed = 0
    outboundBufferedBytes = 0
    clearQueue()
  }

  private func clearQueue() {
    head = nil
    rest.removeAll()
    trailers = nil
  }
}
