import Logging
import NIOCore

/// A server's HTTP/2 connection: hands requests to the handler, watches the clock, drains in two steps.
final class HTTP2ServerHandler: HTTP2ConnectionHandler, ServerConnection {
  private let handler: any HTTPRequestHandler
  private let connections: EventLoopConnections
  private let timeouts: HTTPTimeouts
  private let logger: Logger

  private var pingPolicy: KeepalivePolicy
  private var pingTimer: KeepaliveTimer
  private var age: ConnectionAge
  private var lastResponseFrame: NIODeadline
  private var lastReceive: NIODeadline
  private var drainStep = DrainStep.none
  private var drainPingSentAt: NIODeadline?

  private enum DrainStep { case none, announced, refusing }

  /// Marks the ping that separates the two GOAWAYs of a drain.
  private static let drainPing: UInt64 = 0x6472_6169_6e00_0001
  private static let keepalivePing: UInt64 = 0x6b65_6570_0000_0001
  /// When the peer does not answer the drain's ping, the second GOAWAY goes out anyway.
  private static let drainPingPatience = TimeAmount.seconds(1)

  init(
    session: HTTP2Session, handler: any HTTPRequestHandler, connections: EventLoopConnections,
    configuration: HTTPServerConfiguration, logger: Logger
  ) {
    self.handler = handler
    self.connections = connections
    timeouts = configuration.timeouts
    self.logger = logger
    let keepalive = configuration.keepalive
    let now = NIODeadline.now()
    pingPolicy = KeepalivePolicy(keepalive.enforcement)
    pingTimer = KeepaliveTimer(keepalive.ping, at: now)
    var generator = SystemRandomNumberGenerator()
    age = ConnectionAge(
      ConnectionAge.Configuration(
        maximumIdle: .nanoseconds(timeouts.idle.nanoseconds), maximumAge: keepalive.maximumAge,
        grace: keepalive.grace), at: now, using: &generator)
    lastResponseFrame = session.lastResponseFrame
    lastReceive = session.lastReceive
    super.init(session: session)
  }

  override func connectionStarted() {
    connections.add(self)
    super.connectionStarted()
  }

  override func connectionEnded() { connections.remove(self) }

  override func failed(_ error: any Error) {
    logger.debug("HTTP/2 connection failed", metadata: ["error": "\(error)"])
  }

  override func sessionAccepted(_ stream: HTTP2Stream, head: HeaderBlock, endStream: Bool) {
    if stream.headersOverflowed {
      stream.send(head: HTTPReply.headersTooLarge, endStream: true)
      return
    }
    stream.delegate = handler.accept(stream, head: head, endStream: endStream)
  }

  // MARK: Keepalive (gRFC A8)

  override func sessionReceivedPing() {
    if session.lastResponseFrame > lastResponseFrame {
      lastResponseFrame = session.lastResponseFrame
      pingPolicy.didSendHeadersOrData()
    }
    let verdict = pingPolicy.didReceivePing(at: session.clock, hasOpenStreams: !session.streams.isEmpty)
    if verdict == .tooManyPings {
      session.terminate(.enhanceYourCalm, debugData: KeepalivePolicy.debugData)
    }
  }

  override func sessionReceivedPingAck(_ data: UInt64) {
    if data == Self.drainPing, drainStep == .announced { refuseFurtherStreams() }
  }

  // MARK: Time

  func tick(now: NIODeadline) {
    guard !isClosing else { return }
    age.didChangeOpenStreams(to: session.streams.count, at: now)
    if !session.streams.isEmpty { resetStalledStreams(now) }
    if let began = session.headersBegan, now - began > timeouts.header {
      session.terminate(.enhanceYourCalm)
    }
    if let unwritableSince, now - unwritableSince > timeouts.outboundStall {
      close()
      return
    }
    switch age.next(at: now) {
    case .drain: drain()
    case .close: session.terminate(.noError)
    case .wait, .sleep: break
    }
    if drainStep == .announced, let drainPingSentAt, now - drainPingSentAt > Self.drainPingPatience {
      refuseFurtherStreams()
    }
    checkKeepalive(now)
    if drainStep == .refusing, session.streams.isEmpty { session.terminate(.noError) }
    flush()
  }

  private func checkKeepalive(_ now: NIODeadline) {
    if session.lastReceive > lastReceive {
      lastReceive = session.lastReceive
      pingTimer.didRead(at: lastReceive)
    }
    switch pingTimer.next(at: now, hasOpenStreams: !session.streams.isEmpty) {
    case .sendPing: session.ping(Self.keepalivePing)
    case .close: close()
    case .wait, .sleep: break
    }
  }

  private func resetStalledStreams(_ now: NIODeadline) {
    for stream in Array(session.streams.values) {
      if let since = stream.stalledSince(now: now), now - since > timeouts.outboundStall {
        stream.reset(.cancel)
        continue
      }
      guard !stream.remoteEnded, stream.enforcesBodyTimeout else { continue }
      guard stream.unconsumed == 0 else {
        stream.bodyClock.excuse(EventLoopConnections.tickInterval)
        continue
      }
      guard now - stream.lastProgress > timeouts.body || stream.bodyClock.isOver(now, timeouts) else { continue }
      if !stream.headSent {
        stream.send(head: HTTPReply.requestTimeout, endStream: true)
      } else {
        stream.reset(.cancel)
      }
    }
  }

  // MARK: Drain (RFC 9113 §6.8: two GOAWAYs, one round trip apart)

  func drain() {
    guard drainStep == .none, !isClosing else { return }
    drainStep = .announced
    session.announceShutdown()
    session.ping(Self.drainPing)
    drainPingSentAt = .now()
    flush()
  }

  private func refuseFurtherStreams() {
    drainStep = .refusing
    session.refuseFurtherStreams()
    finishDrainIfIdle()
  }

  private func finishDrainIfIdle() {
    if drainStep == .refusing, session.streams.isEmpty { session.terminate(.noError) }
  }

  override func sessionStreamClosed() { finishDrainIfIdle() }

  func closeNow() {
    session.terminate(.noError)
    flush()
    close()
  }
}
