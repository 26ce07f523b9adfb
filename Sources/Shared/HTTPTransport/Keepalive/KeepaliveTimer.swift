package import NIOCore

/// When to send a PING to learn whether the peer still lives, and when to give it up (gRFC A8, "Basic Keepalive").
///
/// The owner reports what it reads and asks `next(at:hasOpenStreams:)` what to do: after each event, and at the
/// instant of the last answer. Both sides use it; they differ in their configuration.
package struct KeepaliveTimer: Sendable {
  package struct Configuration: Sendable, Hashable {
    /// The silence after which a PING is sent; nil for never.
    package let time: Duration?
    /// How long the peer has to say anything after the PING.
    package let timeout: Duration
    /// Whether connections without calls are watched too.
    package let withoutCalls: Bool

    private init(time: Duration?, timeout: Duration, withoutCalls: Bool, floor: Duration) {
      self.time = time.map { min(max($0, floor), .seconds(Int64(Int32.max))) }
      self.timeout = max(timeout, .milliseconds(1))
      self.withoutCalls = withoutCalls
    }

    /// A client's settings. Less than ten seconds become ten, as gRFC A8 demands; a server that allows less is rare,
    /// and others answer with GOAWAY.
    package static func client(
      time: Duration? = nil, timeout: Duration = .seconds(20), withoutCalls: Bool = false
    ) -> Configuration {
      Configuration(time: time, timeout: timeout, withoutCalls: withoutCalls, floor: .seconds(10))
    }

    /// Exactly these, for what is not meant for the open Internet: no floor of politeness.
    package static func exactly(time: Duration?, timeout: Duration, withoutCalls: Bool) -> Configuration {
      Configuration(time: time, timeout: timeout, withoutCalls: withoutCalls, floor: .zero)
    }

    /// A server's settings (gRFC A9): it watches connections without calls too, from one second of silence on.
    package static func server(
      time: Duration? = .seconds(7200), timeout: Duration = .seconds(20)
    ) -> Configuration {
      Configuration(time: time, timeout: timeout, withoutCalls: true, floor: .seconds(1))
    }

    /// The settings for new connections after a peer said `too_many_pings`: twice the time.
    package var calmed: Configuration {
      Configuration(
        time: time.map { min($0 * 2, .seconds(Int64(Int32.max))) }, timeout: timeout, withoutCalls: withoutCalls,
        floor: .zero)
    }
  }

  package enum Action: Sendable, Hashable {
    /// Nothing to do before this instant.
    case wait(until: NIODeadline)
    /// Nothing to do before the next event.
    case sleep
    /// Send a PING now, and ask again at this instant.
    case sendPing(thenWaitUntil: NIODeadline)
    /// The peer is silent: close the connection; its calls end with UNAVAILABLE.
    case close
  }

  private let configuration: Configuration
  private var lastRead: NIODeadline
  private var closesAt: NIODeadline?

  /// - Parameter now: when the connection was made.
  package init(_ configuration: Configuration, at now: NIODeadline) {
    self.configuration = configuration
    lastRead = now
  }

  /// To be called when bytes arrive, whatever they are: they show that the peer lives.
  package mutating func didRead(at now: NIODeadline) {
    lastRead = now
    closesAt = nil
  }

  /// What to do at `now`. A stream that opens after a long silence is met with a PING at once, so that a dead
  /// connection is found after the timeout alone.
  package mutating func next(at now: NIODeadline, hasOpenStreams: Bool) -> Action {
    guard let time = configuration.time else { return .sleep }
    if let closesAt { return now >= closesAt ? .close : .wait(until: closesAt) }
    guard hasOpenStreams || configuration.withoutCalls else { return .sleep }
    let due = lastRead.advanced(by: time)
    if now < due { return .wait(until: due) }
    let deadline = now.advanced(by: configuration.timeout)
    closesAt = deadline
    return .sendPing(thenWaitUntil: deadline)
  }
}
