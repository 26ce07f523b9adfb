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
  var headersOverflowed = false
  var receivedHead = false
  var remoteEnded = false
  var unconsumed = 0
  var lastProgress: NIODeadline
  var bodyClock: BodyClock

  // What waits to be sent.
  private var head: ByteBuffer?
  /// Behind `head`; made when there is a second buffer, which most streams never have.
  private var rest: CircularBuffer<ByteBuffer>?
  package private(set) var outboundBufferedBytes = 0
  var endQueued = false
  var trailers: HeaderBlock?
  var headSent = false
  var isDeferred = false
  var endSubmitted = false
  var wantsWritable = false
  /// Body bytes that went out so far; what a stall is told by.
  private(set) var bytesSent = 0
  private var stall: (bytesSent: Int, since: NIODeadline)?

  var isClosed = false
  /// The request head has left (clients): the peer may have acted on it.
  var isOnWire = false
  var isResetByPeer = false
  /// We answered in full before the request's end, and reset with NO_ERROR.
  var hasAnsweredEarly = false
  var resetByUs: HTTP2ErrorCode?

  init(id: Int32, session: HTTP2Session) {
    self.id = id
    self.session = session
    eventLoop = session.eventLoop
    connection = session.connection
    lastProgress = session.clock
    bodyClock = BodyClock(session.clock)
  }

  func beginCollecting() {
    collecting = HeaderBlock()
    collecting.reserveCapacity(fields: 12, bytes: 384)
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
      if head == nil { head = data } else { enqueueBehindHead(data) }
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
    // A request's trailers wait behind its head, which nghttp2 may hold back.
    if outboundBufferedBytes == 0, session.role == .server {
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

  private func enqueueBehindHead(_ data: ByteBuffer) {
    if rest == nil { rest = CircularBuffer(initialCapacity: 4) }
    rest?.append(data)
  }

  /// Moves exactly `count` queued bytes to the end of `out`.
  func moveOutbound(_ count: Int, to out: inout ByteBuffer) {
    var left = count
    while left > 0, var buffer = head {
      if buffer.readableBytes <= left {
        left -= buffer.readableBytes
        out.writeBuffer(&buffer)
        head = rest?.popFirst()
      } else {
        head = nil
        if var slice = buffer.readSlice(length: left) { out.writeBuffer(&slice) }
        head = buffer
        left = 0
      }
    }
    bytesSent += count
    outboundBufferedBytes -= count
    session.outboundBuffered -= count
  }

  /// Since when bytes have waited without one of them being taken, as seen by calls of this, one a tick.
  func stalledSince(now: NIODeadline) -> NIODeadline? {
    guard outboundBufferedBytes > 0 else {
      stall = nil
      return nil
    }
    if let stall, stall.bytesSent == bytesSent { return stall.since }
    stall = (bytesSent, now)
    return now
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

  /// Tells the delegate, once, and lets go of it.
  func tellClosed(_ reason: HTTPStreamCloseReason) {
    let delegate = delegate
    self.delegate = nil
    delegate?.streamClosed(reason)
  }

  private func clearQueue() {
    head = nil
    rest = nil
    trailers = nil
  }
}
