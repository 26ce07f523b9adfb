import NIOCore

/// A client's HTTP/2 connection: ready when the server's SETTINGS have come, watched by keepalive pings.
final class HTTP2ClientHandler: HTTP2ConnectionHandler {
  private let ready: EventLoopPromise<Void>
  private let keepalive: ClientKeepalive?
  private var pingTimer: KeepaliveTimer
  private var lastReceive: NIODeadline
  private let onEnd: (HTTPTransportError?) -> Void
  private let onGoAway: (HTTP2ErrorCode, String) -> Void
  private var isReady = false
  private var failure: HTTPTransportError?
  private var ticker: RepeatedTask?
  private var isDraining = false

  private static let keepalivePing: UInt64 = 0x6b65_6570_0000_0002

  init(
    session: HTTP2Session, ready: EventLoopPromise<Void>, keepalive: ClientKeepalive?,
    onGoAway: @escaping (HTTP2ErrorCode, String) -> Void, onEnd: @escaping (HTTPTransportError?) -> Void
  ) {
    self.ready = ready
    self.keepalive = keepalive
    pingTimer = KeepaliveTimer(keepalive?.timer ?? .client(time: nil), at: .now())
    lastReceive = session.lastReceive
    self.onEnd = onEnd
    self.onGoAway = onGoAway
    super.init(session: session)
  }

  override func connectionStarted() {
    super.connectionStarted()
    guard let keepalive, let context else { return }
    let interval = min(keepalive.time, keepalive.timeout, .seconds(1))
    let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
    ticker = context.eventLoop.scheduleRepeatedTask(initialDelay: interval, delay: interval) { _ in
      bound.value.tick()
    }
  }

  override func connectionEnded() {
    ticker?.cancel()
    let failure = failure ?? HTTPTransportError(.connectionClosed, "the server closed the connection")
    if !isReady {
      let isPlain = failure.code == .connectionClosed
      ready.fail(isPlain ? HTTPTransportError(.connectFailed, failure.message, cause: failure.cause) : failure)
    }
    isReady = true
    onEnd(failure)
  }

  override func failed(_ error: any Error) {
    if failure == nil {
      failure = HTTPTransportError(socketError: error)
    }
  }

  override func sessionReceivedSettings() {
    guard !isReady else { return }
    isReady = true
    ready.succeed()
  }

  override func sessionReceivedGoAway(lastStreamID: Int32, code: HTTP2ErrorCode, debugData: String) {
    isDraining = true
    onGoAway(code, debugData)
    closeIfDone()
  }

  override func sessionStreamClosed() { closeIfDone() }

  func drain() {
    isDraining = true
    closeIfDone()
  }

  private func closeIfDone() {
    guard isDraining, session.streams.isEmpty, !isClosing else { return }
    session.terminate(.noError)
    flush()
  }

  /// gRFC A8: a silent server is pinged while calls are open (or always, if asked to); without an answer it is dead.
  private func tick() {
    guard !isClosing else { return }
    if session.lastReceive > lastReceive {
      lastReceive = session.lastReceive
      pingTimer.didRead(at: lastReceive)
    }
    switch pingTimer.next(at: .now(), hasOpenStreams: !session.streams.isEmpty) {
    case .sendPing:
      session.ping(Self.keepalivePing)
      flush()
    case .close:
      failure = HTTPTransportError(.connectionClosed, "keepalive: the server did not answer a ping in time")
      close()
    case .wait, .sleep: break
    }
  }
}
