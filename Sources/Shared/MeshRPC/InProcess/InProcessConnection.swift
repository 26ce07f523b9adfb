package import HTTPTransport
package import NIOCore

/// A connection to a server in the same process: no socket, no HTTP/2, the same streams on both sides.
///
/// Everything runs on one event loop; what one side sends reaches the other in the loop's next turn.
package final class InProcessConnection: HTTPClientConnection {
  package let eventLoop: any EventLoop
  private let handler: any HTTPRequestHandler
  private let info: HTTPConnectionInfo
  private let state: NIOLoopBoundBox<State>

  private struct State {
    var open: [ObjectIdentifier: InProcessStream] = [:]
    var isClosed = false
  }

  /// - Parameters:
  ///   - handler: the server, usually an `RPCServer`.
  ///   - identity: what the server sees as the client's certificate names.
  package init(handler: any HTTPRequestHandler, eventLoop: any EventLoop, identity: PeerIdentity? = nil) {
    self.handler = handler
    self.eventLoop = eventLoop
    info = HTTPConnectionInfo(
      version: .http2, remoteAddress: nil, localAddress: nil, peerIdentity: identity, isSecure: false,
      executor: EventLoopExecutor(eventLoop))
    state = NIOLoopBoundBox.makeBoxSendingValue(State(), eventLoop: eventLoop)
  }

  package func openStream(
    head: HeaderBlock, endStream: Bool, delegate: any HTTPStreamDelegate
  ) throws -> any HTTPStream {
    guard !state.value.isClosed else {
      throw HTTPTransportError(.connectionClosed, "the connection is closed; open another one")
    }
    let client = InProcessStream(connection: info)
    let server = InProcessStream(connection: info)
    client.delegate = delegate
    client.connect(to: server)
    client.headSent = true
    let id = ObjectIdentifier(client)
    state.value.open[id] = client
    client.onClose = { self.state.value.open[id] = nil }
    client.localEnded = endStream
    server.enqueue { [handler] in
      server.delegate = handler.accept(server, head: head, endStream: endStream)
    }
    return client
  }

  package func drain() { close() }

  package func close() {
    eventLoop.execute {
      self.state.value.isClosed = true
      for stream in Array(self.state.value.open.values) { stream.connectionLost() }
    }
  }
}

/// One end of a stream inside the process.
final class InProcessStream: HTTPStream, @unchecked Sendable {
  let connection: HTTPConnectionInfo
  var delegate: (any HTTPStreamDelegate)?
  var enforcesBodyTimeout = true
  private(set) var outboundBufferedBytes = 0
  var headSent = false
  var localEnded = false
  var onClose: (() -> Void)?
  private var remoteEnded = false
  private var isClosed = false
  private var wantsWritable = false
  private var isClient = false
  private var peer: InProcessStream?

  init(connection: HTTPConnectionInfo) { self.connection = connection }

  var eventLoop: any EventLoop { connection.executor.eventLoop }

  /// Makes this the client's end of a stream and `other` the server's.
  func connect(to other: InProcessStream) {
    isClient = true
    peer = other
    other.peer = self
  }

  /// Does `body` in the loop's next turn: a delegate is never called from inside a call to its own stream.
  func enqueue(_ body: @escaping () -> Void) {
    eventLoop.assumeIsolated().execute(body)
  }

  func send(head: HeaderBlock, endStream: Bool) {
    guard !isClosed, !headSent, let peer else { return }
    headSent = true
    if endStream { localEnded = true }
    enqueue { peer.receive(endStream: endStream) { $0.streamReceived(head: head, endStream: endStream) } }
  }

  func send(data: ByteBuffer, endStream: Bool) {
    guard !isClosed, headSent, !localEnded, let peer else { return }
    outboundBufferedBytes += data.readableBytes
    if outboundBufferedBytes > HTTPStreamWatermark.high { wantsWritable = true }
    if endStream { localEnded = true }
    let count = data.readableBytes
    enqueue {
      if peer.delegate == nil { peer.consumed(count) }
      peer.receive(endStream: endStream) { $0.streamReceived(data: data, endStream: endStream) }
    }
  }

  func send(trailers: HeaderBlock) {
    guard !isClosed, headSent, !localEnded, let peer else { return }
    localEnded = true
    enqueue { peer.receive(endStream: true) { $0.streamReceived(trailers: trailers) } }
  }

  func reset(_ code: HTTP2ErrorCode) {
    guard !isClosed, let peer else { return }
    enqueue {
      peer.close(.reset(code, byPeer: true))
      self.close(.reset(code, byPeer: false))
    }
  }

  func consumed(_ bytes: Int) {
    peer?.released(bytes)
  }

  private func released(_ bytes: Int) {
    outboundBufferedBytes = max(0, outboundBufferedBytes - bytes)
    guard wantsWritable, outboundBufferedBytes <= HTTPStreamWatermark.low else { return }
    wantsWritable = false
    enqueue { if !self.isClosed { self.delegate?.streamBecameWritable() } }
  }

  private func receive(endStream: Bool, _ tell: (any HTTPStreamDelegate) -> Void) {
    guard !isClosed else { return }
    if endStream {
      remoteEnded = true
      // A complete response ends the stream, whatever of the request is still to come (RFC 9113 §8.1).
      if isClient { localEnded = true }
    }
    if let delegate { tell(delegate) }
    // What this side has sent may still be on its way: the stream is over when both ends have arrived.
    if let peer, remoteEnded, peer.remoteEnded || isClient {
      close(.completed)
      peer.close(.completed)
    }
  }

  func connectionLost() {
    peer?.close(.connectionLost(unprocessed: false))
    close(.connectionLost(unprocessed: false))
  }

  private func close(_ reason: HTTPStreamCloseReason) {
    guard !isClosed else { return }
    isClosed = true
    peer = nil
    onClose?()
    onClose = nil
    let delegate = delegate
    self.delegate = nil
    delegate?.streamClosed(reason)
  }
}

/// Lends the one connection inside the process.
package struct InProcessConnectionProvider: ConnectionProvider {
  private let inProcess: InProcessConnection

  package init(_ connection: InProcessConnection) { inProcess = connection }

  package func readyConnection() -> ConnectionLease? {
    ConnectionLease(connection: inProcess, scheme: "http", authority: "localhost") {}
  }

  package func connection(waitForReady: Bool, deadline: Deadline) async throws -> ConnectionLease {
    ConnectionLease(connection: inProcess, scheme: "http", authority: "localhost") {}
  }

  package func shutdown() async { inProcess.close() }
}
