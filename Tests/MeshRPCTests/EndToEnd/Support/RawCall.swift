import HTTPTransport
import MeshRPC
import NIOCore
import Synchronization

/// A call written by hand, on a connection inside the process: shows exactly what the server sends.
final class RawCall: HTTPStreamDelegate, Sendable {
  struct Reply: Sendable {
    var head: HeaderBlock?
    /// Whether the head was all (trailers-only).
    var headEndedIt = false
    var body: [UInt8] = []
    var trailers: HeaderBlock?
    var closed: HTTPStreamCloseReason?

    var status: String? { (trailers ?? head)?.first(named: "grpc-status") }
  }

  private let reply = Mutex(Reply())
  private let isOver = Gate()

  /// Sends a request with these fields besides the usual ones, and `body` (frames) if it is not nil, without which the
  /// request does not end either.
  static func run(
    _ rpc: RPCServer, path: String, fields: [(String, String)] = [], body: [UInt8]? = [0, 0, 0, 0, 0]
  ) async throws -> Reply {
    let connection = InProcessConnection(handler: rpc, eventLoop: Loops.next)
    let call = RawCall()
    try await connection.eventLoop.submit {
      let usual = [
        (":method", "POST"), (":scheme", "http"), (":path", path), (":authority", "test"), ("te", "trailers"),
        ("content-type", "application/grpc"),
      ]
      let stream = try connection.openStream(head: HeaderBlock(usual + fields), endStream: false, delegate: call)
      if let body { stream.send(data: ByteBuffer(bytes: body), endStream: true) }
    }.get()
    try await call.isOver.wait()
    connection.close()
    return call.reply.withLock { $0 }
  }

  func streamReceived(head: HeaderBlock, endStream: Bool) {
    reply.withLock { reply in
      reply.head = head
      reply.headEndedIt = endStream
    }
    if endStream { isOver.open() }
  }

  func streamReceived(data: ByteBuffer, endStream: Bool) {
    reply.withLock { $0.body += Array(data.readableBytesView) }
  }

  func streamReceived(trailers: HeaderBlock) {
    reply.withLock { $0.trailers = trailers }
    isOver.open()
  }

  func streamClosed(_ reason: HTTPStreamCloseReason) {
    reply.withLock { $0.closed = reason }
    isOver.open()
  }
}
