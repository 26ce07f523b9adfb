import Fuzzer
import HTTPTransport
import NIOCore
import NIOEmbedded

/// Bytes from an HTTP/2 peer, hostile or mad, into a session of either role.
///
/// The first byte of the input chooses: bit 0 the role, bit 1 whether a good preface and SETTINGS come first, bits 2
/// and 3 what streams do with what arrives, bits 4 to 7 the size of the pieces in which the bytes arrive (1 << n).
@main
enum HTTP2Input {
  static func main() {
    Fuzzer.run { input in
      guard let options = input.first else { return }
      do {
        try Run(options: options).feed(UnsafeRawBufferPointer(rebasing: input.dropFirst()))
      } catch {
        // The session ended the connection, as it should where the peer is wrong. What must hold then was checked.
      }
    }
  }
}

/// One connection's life.
private struct Run {
  static let preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
  static let emptySettings: [UInt8] = [0, 0, 0, 4, 0, 0, 0, 0, 0]

  let options: UInt8
  let role: HTTP2Session.Role
  let pieceSize: Int

  init(options: UInt8) {
    self.options = options
    role = options & 1 == 0 ? .server : .client
    pieceSize = 1 << Int(options >> 4)
  }

  func feed(_ bytes: UnsafeRawBufferPointer) throws {
    let loop = EmbeddedEventLoop()
    let info = HTTPConnectionInfo(
      version: .http2, remoteAddress: nil, localAddress: nil, peerIdentity: nil, isSecure: false,
      executor: EventLoopExecutor(loop))
    let session = try HTTP2Session(role: role, connection: info)
    let driver = EchoDriver(answers: Answer(rawValue: options >> 2 & 3) ?? .echo)
    session.driver = driver
    defer {
      session.connectionLost()
      precondition(session.streams.isEmpty, "a lost connection keeps streams")
      precondition(session.outboundBuffered == 0, "a lost connection keeps outbound bytes in its account")
      precondition(session.inboundBuffered == 0, "a lost connection keeps inbound bytes in its account")
      precondition(driver.openDelegates == 0, "a stream ended and its delegate was not told")
    }
    if role == .client { try openStreams(session, driver) }
    if options & 2 != 0 {
      var start = ByteBuffer()
      if role == .server { start.writeString(Self.preface) }
      start.writeBytes(Self.emptySettings)
      try session.receive(start, now: .uptimeNanoseconds(1))
    }
    var offset = 0
    while offset < bytes.count {
      let end = min(bytes.count, offset + pieceSize)
      let piece = ByteBuffer(bytes: bytes[offset..<end])
      offset = end
      do {
        try session.receive(piece, now: .uptimeNanoseconds(UInt64(offset)))
      } catch {
        try drain(session)
        throw error
      }
      try drain(session)
      let queued = session.streams.values.reduce(0) { $0 + $1.outboundBufferedBytes }
      precondition(session.outboundBuffered == queued, "the account of outbound bytes is wrong")
      precondition(
        session.streams.count <= Int(session.limits.maxConcurrentStreams) + 8, "more streams than SETTINGS allow")
    }
  }

  /// Requests that wait for the peer's answers.
  private func openStreams(_ session: HTTP2Session, _ driver: EchoDriver) throws {
    let head = HeaderBlock([(":method", "POST"), (":scheme", "http"), (":path", "/a/b"), (":authority", "peer")])
    for index in 0..<3 {
      let delegate = EchoDelegate(driver: driver)
      let stream = try session.openStream(head: head, endStream: index == 0, delegate: delegate)
      delegate.stream = stream
      if index == 1 { stream.send(data: ByteBuffer(repeating: 7, count: 100_000), endStream: true) }
    }
  }

  /// Writes what the session has to say, no more than a socket's worth at a time.
  private func drain(_ session: HTTP2Session) throws {
    while true {
      var out = ByteBuffer()
      try session.fill(&out, upTo: 64 * 1024)
      if out.readableBytes == 0 { return }
    }
  }
}

/// What a stream does with what arrives.
private enum Answer: UInt8 {
  case echo, resetAtOnce, neverConsume, answerLate
}

private final class EchoDriver: HTTP2Session.Driver {
  let answers: Answer
  var openDelegates = 0

  init(answers: Answer) { self.answers = answers }

  func sessionNeedsFlush() {}
  func sessionReceivedSettings() {}
  func sessionReceivedPingAck(_ data: UInt64) {}
  func sessionReceivedPing() {}
  func sessionReceivedGoAway(lastStreamID: Int32, code: HTTP2ErrorCode, debugData: String) {}
  func sessionStreamClosed() {}

  func sessionAccepted(_ stream: HTTP2Stream, head: HeaderBlock, endStream: Bool) {
    let delegate = EchoDelegate(driver: self)
    delegate.stream = stream
    stream.delegate = delegate
    switch answers {
    case .resetAtOnce:
      stream.reset(.cancel)
    case .echo, .neverConsume:
      stream.send(head: HeaderBlock([(":status", "200"), ("content-type", "application/grpc")]), endStream: false)
      if endStream { stream.send(trailers: HeaderBlock([("grpc-status", "0")])) }
    case .answerLate:
      if endStream { stream.send(head: HeaderBlock([(":status", "404")]), endStream: true) }
    }
  }
}

private final class EchoDelegate: HTTPStreamDelegate {
  let driver: EchoDriver
  weak var stream: HTTP2Stream?
  private var isOver = false

  init(driver: EchoDriver) {
    self.driver = driver
    driver.openDelegates += 1
  }

  func streamReceived(data: ByteBuffer, endStream: Bool) {
    precondition(!isOver, "a delegate hears of data after its stream's end")
    guard let stream else { return }
    if driver.answers != .neverConsume { stream.consumed(data.readableBytes) }
    if driver.answers == .echo, stream.outboundBufferedBytes < HTTPStreamWatermark.high {
      stream.send(data: data, endStream: false)
    }
    if endStream { stream.send(trailers: HeaderBlock([("grpc-status", "0")])) }
  }

  func streamReceived(trailers: HeaderBlock) {
    precondition(!isOver, "a delegate hears of trailers after its stream's end")
    stream?.send(trailers: HeaderBlock([("grpc-status", "0")]))
  }

  func streamClosed(_ reason: HTTPStreamCloseReason) {
    precondition(!isOver, "a stream ends twice")
    isOver = true
    driver.openDelegates -= 1
  }
}
