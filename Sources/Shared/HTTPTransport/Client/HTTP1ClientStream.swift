import NIOCore
import NIOHTTP1

/// A request that a client sends on an HTTP/1.1 connection, and its response.
final class HTTP1ClientStream: HTTPStream, @unchecked Sendable {
  let connection: HTTPConnectionInfo
  var delegate: (any HTTPStreamDelegate)?
  var enforcesBodyTimeout = true
  private weak var owner: HTTP1ClientHandler?

  private(set) var unconsumed = 0
  private var framing = HTTP1BodyFraming.none
  private var localEnded = false
  private var isClosed = false
  private var isKeepAlive = true
  private var wantsWritable = false

  init(owner: HTTP1ClientHandler, connection: HTTPConnectionInfo, delegate: any HTTPStreamDelegate) {
    self.owner = owner
    self.connection = connection
    self.delegate = delegate
  }

  var eventLoop: any EventLoop { connection.executor.eventLoop }

  var outboundBufferedBytes: Int { owner?.isWritable ?? false ? 0 : HTTPStreamWatermark.high + 1 }

  // MARK: Request

  func begin(_ head: HeaderBlock, endStream: Bool) {
    var request = head.http1RequestHead
    framing = HTTP1BodyFraming.apply(to: &request, hasBody: !endStream)
    owner?.write(.head(request), flush: !endStream)
    if endStream { end(nil) }
  }

  /// The head went out when the stream was opened.
  func send(head: HeaderBlock, endStream: Bool) {}

  func send(data: ByteBuffer, endStream: Bool) {
    guard !isClosed, !localEnded, let owner else { return }
    var data = data
    framing.take(&data)
    if data.readableBytes > 0 { owner.write(.body(.byteBuffer(data)), flush: !endStream) }
    if !owner.isWritable { wantsWritable = true }
    if endStream { end(nil) }
  }

  func send(trailers: HeaderBlock) {
    guard !isClosed, !localEnded else { return }
    end(trailers.http1Fields)
  }

  private func end(_ trailers: HTTPHeaders?) {
    localEnded = true
    owner?.write(.end(trailers), flush: true)
    // Only an error can tell the server that no more will come.
    if !framing.isComplete { reset(.internalError) }
  }

  func reset(_ code: HTTP2ErrorCode) {
    guard !isClosed else { return }
    finish(.reset(code, byPeer: false))
    owner?.streamFinished(self, reusable: false)
  }

  // MARK: Response

  func consumed(_ bytes: Int) {
    unconsumed -= min(bytes, unconsumed)
    owner?.inboundConsumed(self)
  }

  func received(_ head: HTTPResponseHead) {
    isKeepAlive = head.isKeepAlive
    var block = HeaderBlock()
    block.reserveCapacity(fields: head.headers.count + 1, bytes: 512)
    block.append(":status", String(head.status.code))
    block.append(contentsOf: HeaderBlock(http1Fields: head.headers))
    if !isClosed { delegate?.streamReceived(head: block, endStream: false) }
  }

  func received(_ buffer: ByteBuffer) {
    guard !isClosed, let delegate else { return }
    unconsumed += buffer.readableBytes
    delegate.streamReceived(data: buffer, endStream: false)
  }

  func receivedEnd(_ trailers: HTTPHeaders?) {
    guard !isClosed else { return }
    if let trailers {
      delegate?.streamReceived(trailers: HeaderBlock(http1Fields: trailers))
    } else {
      delegate?.streamReceived(data: ByteBuffer(), endStream: true)
    }
    // A response before the request's end means that the rest is not wanted; this connection cannot say less.
    finish(.completed)
    owner?.streamFinished(self, reusable: isKeepAlive && localEnded)
  }

  func writabilityReturned() {
    if wantsWritable, !isClosed {
      wantsWritable = false
      delegate?.streamBecameWritable()
    }
  }

  func finish(_ reason: HTTPStreamCloseReason) {
    guard !isClosed else { return }
    isClosed = true
    unconsumed = 0
    let delegate = delegate
    self.delegate = nil
    delegate?.streamClosed(reason)
  }
}
