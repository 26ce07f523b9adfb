import NIOCore
import NIOHTTP1

/// A request on an HTTP/1.1 connection and its response.
final class HTTP1ServerStream: HTTPStream, @unchecked Sendable {
  let connection: HTTPConnectionInfo
  var delegate: (any HTTPStreamDelegate)?
  var enforcesBodyTimeout = true
  private weak var owner: HTTP1ServerHandler?
  var isKeepAlive: Bool
  private let isHead: Bool

  private(set) var headSent = false
  private(set) var remoteEnded = false
  private(set) var unconsumed = 0
  var lastWritable = NIODeadline.now()
  private var localEnded = false
  private var isClosed = false
  private var wantsWritable = false

  init(owner: HTTP1ServerHandler, connection: HTTPConnectionInfo, isKeepAlive: Bool, isHead: Bool) {
    self.owner = owner
    self.connection = connection
    self.isKeepAlive = isKeepAlive
    self.isHead = isHead
  }

  var eventLoop: any EventLoop { connection.executor.eventLoop }

  /// HTTP/1.1 has no window of its own: what the socket does not take counts as one high-water mark.
  var outboundBufferedBytes: Int { owner?.isWritable ?? false ? 0 : HTTPStreamWatermark.high + 1 }

  func send(head: HeaderBlock, endStream: Bool) {
    guard !isClosed, !headSent, let owner else { return }
    headSent = true
    var response = head.http1ResponseHead
    // The rest of an unread body would be taken for the next request.
    if endStream, !remoteEnded { isKeepAlive = false }
    if !isKeepAlive { response.headers.replaceOrAdd(name: "connection", value: "close") }
    owner.write(.head(response), flush: false)
    if endStream { end(nil) }
  }

  func send(data: ByteBuffer, endStream: Bool) {
    guard !isClosed, headSent, !localEnded, let owner else { return }
    if data.readableBytes > 0, !isHead { owner.write(.body(.byteBuffer(data)), flush: !endStream) }
    if !owner.isWritable { wantsWritable = true }
    if endStream { end(nil) }
  }

  func send(trailers: HeaderBlock) {
    guard !isClosed, headSent, !localEnded else { return }
    end(HTTPHeaders(trailers.fields.map { ($0.name, $0.value) }))
  }

  private func end(_ trailers: HTTPHeaders?) {
    localEnded = true
    owner?.write(.end(trailers), flush: true)
    if remoteEnded { complete() } else if !isKeepAlive { abandonBody() }
  }

  func reset(_ code: HTTP2ErrorCode) {
    guard !isClosed, let owner else { return }
    isKeepAlive = false
    finish(.reset(code, byPeer: false))
    owner.streamFinished(self, reusable: false)
  }

  func consumed(_ bytes: Int) {
    unconsumed -= min(bytes, unconsumed)
    owner?.inboundConsumed(self)
  }

  func received(_ buffer: ByteBuffer) {
    guard !isClosed else { return }
    guard let delegate else { return }
    unconsumed += buffer.readableBytes
    delegate.streamReceived(data: buffer, endStream: false)
  }

  func receivedEnd(_ trailers: HeaderBlock?) {
    guard !remoteEnded else { return }
    remoteEnded = true
    if !isClosed {
      if let trailers {
        delegate?.streamReceived(trailers: trailers)
      } else {
        delegate?.streamReceived(data: ByteBuffer(), endStream: true)
      }
    }
    if localEnded { complete() }
  }

  private func complete() {
    finish(.completed)
    owner?.streamFinished(self, reusable: isKeepAlive)
  }

  private func abandonBody() {
    finish(.completed)
    owner?.streamFinished(self, reusable: false)
  }

  func writabilityReturned() {
    lastWritable = .now()
    if wantsWritable, !isClosed {
      wantsWritable = false
      delegate?.streamBecameWritable()
    }
  }

  func finish(_ reason: HTTPStreamCloseReason) {
    guard !isClosed else { return }
    isClosed = true
    let delegate = delegate
    self.delegate = nil
    delegate?.streamClosed(reason)
  }
}
