import NIOCore
import NIOEmbedded

@testable import HTTPTransport

/// What a stream's delegate heard.
final class Recorder: HTTPStreamDelegate, @unchecked Sendable {
  var stream: (any HTTPStream)?
  var head: HeaderBlock?
  var body: [UInt8] = []
  var pieces = 0
  var ended = false
  var trailers: HeaderBlock?
  var writable = 0
  var closed: [HTTPStreamCloseReason] = []
  /// Whether body bytes are taken as they come.
  var consumes = true
  var onData: ((Recorder) -> Void)?
  var onEnd: ((Recorder) -> Void)?
  var onClose: ((Recorder) -> Void)?
  var onWritable: ((Recorder) -> Void)?

  func streamReceived(head: HeaderBlock, endStream: Bool) {
    self.head = head
    if endStream { end() }
  }

  func streamReceived(data: ByteBuffer, endStream: Bool) {
    body += data.readableBytesView
    pieces += 1
    if consumes { stream?.consumed(data.readableBytes) }
    onData?(self)
    if endStream { end() }
  }

  func streamReceived(trailers: HeaderBlock) {
    self.trailers = trailers
    end()
  }

  func streamBecameWritable() {
    writable += 1
    onWritable?(self)
  }

  func streamClosed(_ reason: HTTPStreamCloseReason) {
    closed.append(reason)
    onClose?(self)
  }

  private func end() {
    ended = true
    onEnd?(self)
  }
}

/// A session and its driver, without a socket.
final class Endpoint: HTTP2Session.Driver {
  let session: HTTP2Session
  var accepted: [Recorder] = []
  /// What the server does with a request; by default it only records it.
  var onAccept: ((Recorder, HeaderBlock, Bool) -> Void)?
  var settings = 0
  var pings = 0
  var pongs: [UInt64] = []
  var goAways: [(Int32, HTTP2ErrorCode, String)] = []
  var streamsClosed = 0
  var flushes = 0

  init(_ role: HTTP2Session.Role, limits: HTTP2Limits = HTTP2Limits(), loop: EmbeddedEventLoop = .init()) throws {
    let info = HTTPConnectionInfo(
      version: .http2, remoteAddress: nil, localAddress: nil, peerIdentity: nil, isSecure: false,
      executor: EventLoopExecutor(loop))
    session = try HTTP2Session(role: role, connection: info, limits: limits)
    session.driver = self
  }

  func sessionNeedsFlush() { flushes += 1 }

  func sessionAccepted(_ stream: HTTP2Stream, head: HeaderBlock, endStream: Bool) {
    if stream.headersOverflowed {
      stream.send(head: [":status": "431"], endStream: true)
      return
    }
    let recorder = Recorder()
    recorder.stream = stream
    recorder.head = head
    recorder.ended = endStream
    accepted.append(recorder)
    stream.delegate = recorder
    onAccept?(recorder, head, endStream)
  }

  func sessionReceivedSettings() { settings += 1 }
  func sessionReceivedPingAck(_ data: UInt64) { pongs.append(data) }
  func sessionReceivedPing() { pings += 1 }
  func sessionReceivedGoAway(lastStreamID: Int32, code: HTTP2ErrorCode, debugData: String) {
    goAways.append((lastStreamID, code, debugData))
  }
  func sessionStreamClosed() { streamsClosed += 1 }

  /// All that this side has to say now.
  func output() throws -> ByteBuffer {
    var all = ByteBuffer()
    while true {
      var buffer = ByteBuffer()
      try session.fill(&buffer, upTo: 16 * 1024)
      session.deliverEvents()
      guard buffer.readableBytes > 0 else { return all }
      all.writeBuffer(&buffer)
    }
  }

  /// Hands over hand-made frames.
  func receive(_ frames: Frame..., now: NIODeadline = .now()) throws {
    try receive(frames, now: now)
  }

  func receive(_ frames: [Frame], now: NIODeadline = .now()) throws {
    try session.receive(ByteBuffer(bytes: frames.flatMap(\.bytes)), now: now)
  }

  /// A server that has had its peer's preface and settings, with its own acknowledged.
  static func server(
    limits: HTTP2Limits = HTTP2Limits(), peer entries: [(UInt16, UInt32)] = []
  ) throws -> Endpoint {
    let server = try Endpoint(.server, limits: limits)
    _ = try server.output()
    try server.session.receive(ByteBuffer(bytes: Frame.preface))
    try server.receive(.settings(entries), .settingsAck)
    _ = try server.output()
    return server
  }

  /// A client whose hand-made server has sent its settings.
  static func client(limits: HTTP2Limits = HTTP2Limits(), peer entries: [(UInt16, UInt32)] = []) throws -> Endpoint {
    let client = try Endpoint(.client, limits: limits)
    _ = try client.output()
    try client.receive(.settings(entries), .settingsAck)
    _ = try client.output()
    return client
  }

  @discardableResult
  func open(_ head: HeaderBlock = Endpoint.getHead, endStream: Bool = true) throws -> Recorder {
    let recorder = Recorder()
    recorder.stream = try session.openStream(head: head, endStream: endStream, delegate: recorder)
    return recorder
  }

  static let getHead: HeaderBlock = [":method": "GET", ":scheme": "http", ":authority": "a", ":path": "/"]
  static let postHead: HeaderBlock = [":method": "POST", ":scheme": "http", ":authority": "a", ":path": "/"]
}

/// A client's and a server's session, joined by hand.
struct SessionPair {
  let client: Endpoint
  let server: Endpoint

  init(client: HTTP2Limits = HTTP2Limits(), server: HTTP2Limits = HTTP2Limits()) throws {
    self.client = try Endpoint(.client, limits: client)
    self.server = try Endpoint(.server, limits: server)
    try pump()
  }

  /// Carries bytes until neither side has more.
  func pump() throws {
    while true {
      let up = try client.output()
      if up.readableBytes > 0 { try server.session.receive(up) }
      let down = try server.output()
      if down.readableBytes > 0 { try client.session.receive(down) }
      if up.readableBytes == 0, down.readableBytes == 0 { return }
    }
  }
}
