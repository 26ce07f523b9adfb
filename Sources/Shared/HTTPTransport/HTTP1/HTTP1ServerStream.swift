import NIOCore
import NIOHTTP1

/// A request on an HTTP/1.1 connection and its response.
final class HTTP1ServerStream: HTTPStream, UpgradableStream, @unchecked Sendable {
  let connection: HTTPConnectionInfo
  var delegate: (any HTTPStreamDelegate)?
  var enforcesBodyTimeout = true
  /// Let go of when the request is over, so that neither keeps the other.
  private var owner: HTTP1ServerHandler?
  private var isHead: Bool
  private let isHTTP10: Bool
  /// Whether the rest of a body that nobody wants is read to keep the connection.
  private let discardsUnreadBody: Bool
  var isKeepAlive: Bool
  let requestedUpgrade: String?

  private(set) var headSent = false
  private(set) var remoteEnded: Bool
  private(set) var unconsumed = 0
  private var framing = HTTP1BodyFraming.none
  private var localEnded = false
  private var closeReason: HTTPStreamCloseReason?
  private var wantsWritable = false

  init(
    owner: HTTP1ServerHandler, connection: HTTPConnectionInfo, head: HTTPRequestHead, isKeepAlive: Bool,
    discardsUnreadBody: Bool
  ) {
    self.owner = owner
    self.connection = connection
    self.isKeepAlive = isKeepAlive
    self.discardsUnreadBody = discardsUnreadBody
    isHead = head.method == .HEAD
    isHTTP10 = head.version != .http1_1
    remoteEnded = !head.hasBody
    // A body would come between the request and the other protocol.
    requestedUpgrade = remoteEnded ? head.requestedUpgrade : nil
  }

  /// A request of HTTP/1.1 without a body.
  init(owner: HTTP1ServerHandler, connection: HTTPConnectionInfo, isHead: Bool, isKeepAlive: Bool) {
    self.owner = owner
    self.connection = connection
    self.isKeepAlive = isKeepAlive
    self.isHead = isHead
    discardsUnreadBody = true
    isHTTP10 = false
    remoteEnded = true
    requestedUpgrade = nil
  }

  /// Serves the next request like the one before, which was a simple one and is over.
  func begin(isHead: Bool, isKeepAlive: Bool) {
    self.isHead = isHead
    self.isKeepAlive = isKeepAlive
    enforcesBodyTimeout = true
    headSent = false
    localEnded = false
    framing = .none
    unconsumed = 0
    wantsWritable = false
    closeReason = nil
    delegate = nil
  }

  var eventLoop: any EventLoop { connection.executor.eventLoop }

  private var isClosed: Bool { closeReason != nil }

  /// HTTP/1.1 has no window of its own: what the socket does not take counts as one high-water mark.
  var outboundBufferedBytes: Int { owner?.isWritable ?? false ? 0 : HTTPStreamWatermark.high + 1 }

  /// Takes the delegate that the handler returned; it may have answered, and so closed the stream, before.
  func attach(_ delegate: (any HTTPStreamDelegate)?) {
    if let closeReason { delegate?.streamClosed(closeReason) } else { self.delegate = delegate }
  }

  // MARK: Response

  func send(head: HeaderBlock, endStream: Bool) {
    guard !isClosed, !headSent, let owner else { return }
    headSent = true
    var response = head.http1ResponseHead
    framing = HTTP1BodyFraming.apply(to: &response, isHead: isHead, isHTTP10: isHTTP10, hasBody: !endStream)
    if framing == .untilClose || (endStream && !remoteEnded && !discardsUnreadBody) { isKeepAlive = false }
    if !isKeepAlive { response.headers.add(name: "connection", value: "close") }
    // 426 must say what is wanted (RFC 9110 §15.5.22); otherwise this field is not the application's.
    if response.status == .upgradeRequired, let wanted = head["upgrade"] {
      response.headers.add(name: "connection", value: "upgrade")
      response.headers.add(name: "upgrade", value: wanted)
    }
    owner.write(.head(response), flush: false)
    if endStream { end(nil) }
  }

  func send(data: ByteBuffer, endStream: Bool) {
    guard !isClosed, headSent, !localEnded, let owner else { return }
    var data = data
    framing.take(&data)
    if data.readableBytes > 0 { owner.write(.body(.byteBuffer(data)), flush: !endStream) }
    if !owner.isWritable { wantsWritable = true }
    if endStream { end(nil) }
  }

  func send(trailers: HeaderBlock) {
    guard !isClosed, headSent, !localEnded else { return }
    end(trailers.http1Fields)
  }

  func send(head: HeaderBlock, wholeBody body: ByteBuffer) {
    guard !isClosed, !headSent, let owner else { return }
    // What needs no thought: the rest goes by the steps that give it some.
    guard !isHead, !isHTTP10, head.tellsLength(body.readableBytes) else {
      send(head: head, endStream: false)
      return send(data: body, endStream: true)
    }
    headSent = true
    localEnded = true
    if !remoteEnded, !discardsUnreadBody { isKeepAlive = false }
    owner.write(head, body, closes: !isKeepAlive)
    over()
  }

  func send(prepared: PreparedResponse, fields: HeaderBlock, withBody: Bool) {
    guard !isClosed, !headSent, let owner else { return }
    headSent = true
    localEnded = true
    if isHTTP10 || (!remoteEnded && !discardsUnreadBody) { isKeepAlive = false }
    owner.write(prepared, fields, withBody: withBody && !isHead, closes: !isKeepAlive)
    over()
  }

  private func end(_ trailers: HTTPHeaders?) {
    localEnded = true
    if !framing.isComplete || (!remoteEnded && !discardsUnreadBody) { isKeepAlive = false }
    owner?.write(.end(trailers), flush: true)
    over()
  }

  private func over() {
    finish(.completed)
    if !remoteEnded, isKeepAlive {
      owner?.streamDiscards(self)
    } else {
      owner?.streamFinished(self, reusable: isKeepAlive)
    }
  }

  func upgrade(head: HeaderBlock, to install: @escaping @Sendable (any Channel) throws -> any ServerConnection) {
    guard !isClosed, !headSent, let owner else { return }
    headSent = true
    localEnded = true
    finish(.completed)
    owner.upgrade(self, head.http1ResponseHead, to: install)
  }

  func reset(_ code: HTTP2ErrorCode) {
    guard !isClosed else { return }
    finish(.reset(code, byPeer: false))
    // A peer that takes nothing gets no time for the rest of an answer that will never be whole.
    if let owner, headSent, !localEnded, !owner.isWritable { return owner.closeNow() }
    owner?.streamFinished(self, reusable: false)
  }

  /// Ends a request that the transport itself finds fault with.
  func refuse(_ head: HeaderBlock) {
    isKeepAlive = false
    let delegate = delegate
    self.delegate = nil
    send(head: head, endStream: true)
    delegate?.streamClosed(.reset(.cancel, byPeer: false))
  }

  // MARK: Request

  func consumed(_ bytes: Int) {
    unconsumed -= min(bytes, unconsumed)
    owner?.inboundConsumed(self)
  }

  func received(_ buffer: ByteBuffer) {
    guard !isClosed, let delegate else { return }
    unconsumed += buffer.readableBytes
    delegate.streamReceived(data: buffer, endStream: false)
  }

  func receivedEnd(_ trailers: HeaderBlock?) {
    guard !remoteEnded else { return }
    remoteEnded = true
    if isClosed {
      owner?.streamFinished(self, reusable: isKeepAlive)
    } else if let trailers {
      delegate?.streamReceived(trailers: trailers)
    } else {
      delegate?.streamReceived(data: ByteBuffer(), endStream: true)
    }
  }

  func writabilityReturned() {
    if wantsWritable, !isClosed {
      wantsWritable = false
      delegate?.streamBecameWritable()
    }
  }

  func finish(_ reason: HTTPStreamCloseReason) {
    guard !isClosed else { return }
    closeReason = reason
    unconsumed = 0
    let delegate = delegate
    self.delegate = nil
    delegate?.streamClosed(reason)
  }
}
