import Logging
import NIOCore

/// A server's HTTP/2 connection: hands requests to the handler, watches the clock, drains in two steps.
final class HTTP2ServerHandler: HTTP2ConnectionHandler, ServerConnection {
  private let handler: any HTTPRequestHandler
  private let connections: EventLoopConnections
  private let timeouts: HTTPTimeouts
  private let keepalive: ServerKeepalive
  private let logger: Logger

  private var lastActivity = NIODeadline.now()
  private let drainAt: NIODeadline?
  private var closeAt: NIODeadline?
  private var drainStep = DrainStep.none
  private var pingSentAt: NIODeadline?
  private var lastPing: NIODeadline?
  private var pingStrikes = 0

  private enum DrainStep { case none, announced, refusing }

  /// Marks the ping that separates the two GOAWAYs of a drain.
  private static let drainPing: UInt64 = 0x6472_6169_6e00_0001
  private static let keepalivePing: UInt64 = 0x6b65_6570_0000_0001
  /// When the peer does not answer the drain's ping, the second GOAWAY goes out anyway.
  private static let drainPingPatience = TimeAmount.seconds(1)
  private static let maxPingStrikes = 2

  init(
    session: HTTP2Session, handler: any HTTPRequestHandler, connections: EventLoopConnections,
    configuration: HTTPServerConfiguration, logger: Logger
  ) {
    self.handler = handler
    self.connections = connections
    timeouts = configuration.timeouts
    keepalive = configuration.keepalive
    self.logger = logger
    drainAt = keepalive.maxConnectionAge.map {
      .now() + .nanoseconds(Int64(Double($0.nanoseconds) * Double.random(in: 0.9...1.1)))
    }
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
    let now = NIODeadline.now()
    defer { lastPing = now }
    guard let lastPing else { return }
    let allowed =
      !session.streams.isEmpty || keepalive.permitsPingsWithoutCalls ? keepalive.minimumPingInterval : .hours(2)
    // HEADERS or DATA that we have sent since forgive: peers measure the link with pings.
    if session.lastResponseFrame >= lastPing {
      pingStrikes = 0
      return
    }
    if now - lastPing < allowed {
      pingStrikes += 1
      if pingStrikes > Self.maxPingStrikes {
        session.refuseFurtherStreams(.enhanceYourCalm, debugData: "too_many_pings")
        session.terminate(.enhanceYourCalm)
      }
    }
  }

  override func sessionReceivedPingAck(_ data: UInt64) {
    if data == Self.drainPing, drainStep == .announced { refuseFurtherStreams() }
    if data == Self.keepalivePing { pingSentAt = nil }
  }

  // MARK: Time

  func tick(now: NIODeadline) {
    guard !isClosing else { return }
    if !session.streams.isEmpty {
      lastActivity = now
      resetStalledStreams(now)
    } else if now - lastActivity > timeouts.idle, drainStep == .none {
      drain()
    }
    if let began = session.headersBegan, now - began > timeouts.header {
      session.terminate(.enhanceYourCalm)
    }
    if let unwritableSince, now - unwritableSince > timeouts.outboundStall {
      close()
      return
    }
    if let drainAt, now >= drainAt, drainStep == .none {
      closeAt = now + keepalive.maxConnectionAgeGrace
      drain()
    }
    if let closeAt, now >= closeAt { session.terminate(.noError) }
    if drainStep == .announced, let pingSentAt, now - pingSentAt > Self.drainPingPatience { refuseFurtherStreams() }
    checkKeepalive(now)
    if drainStep == .refusing, session.streams.isEmpty { session.terminate(.noError) }
    flush()
  }

  private func checkKeepalive(_ now: NIODeadline) {
    guard drainStep == .none, let time = keepalive.time else { return }
    if let pingSentAt {
      if now - pingSentAt > keepalive.timeout { close() }
    } else if now - max(session.lastReceive, lastActivity) > time {
      pingSentAt = now
      session.ping(Self.keepalivePing)
    }
  }

  private func resetStalledStreams(_ now: NIODeadline) {
    for stream in Array(session.streams.values) {
      if let since = stream.stalledSince(now: now), now - since > timeouts.outboundStall {
        stream.reset(.cancel)
        continue
      }
      guard !stream.remoteEnded, stream.enforcesBodyTimeout, stream.unconsumed == 0,
        now - stream.lastProgress > timeouts.body
      else { continue }
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
    pingSentAt = .now()
    flush()
  }

  private func refuseFurtherStreams() {
    drainStep = .refusing
    pingSentAt = nil
    session.refuseFurtherStreams()
    finishDrainIfIdle()
  }

  private func finishDrainIfIdle() {
    if drainStep == .refusing, session.streams.isEmpty { session.terminate(.noError) }
  }

  override func sessionStreamClosed() {
    lastActivity = .now()
    finishDrainIfIdle()
  }

  func closeNow() {
    session.terminate(.noError)
    flush()
    close()
  }
}
