package import NIOCore

/// How many PINGs a server bears (gRFC A8, "Server Enforcement").
///
/// A ping that comes too soon after the last valid one is a strike; the third strike without a HEADERS or DATA frame
/// of ours in between ends the connection.
package struct KeepalivePolicy: Sendable {
  package struct Configuration: Sendable, Hashable {
    /// The least time between pings. gRFC A8 has five minutes; ten seconds fits clients that watch a mesh's links.
    package var minimumInterval: Duration
    /// Whether pings are welcome while no call is open. If not, they may come every two hours, as TCP's do.
    package var permitsWithoutCalls: Bool

    package init(minimumInterval: Duration = .seconds(300), permitsWithoutCalls: Bool = false) {
      self.minimumInterval = max(.zero, minimumInterval)
      self.permitsWithoutCalls = permitsWithoutCalls
    }
  }

  package enum Verdict: Sendable, Hashable {
    /// Answer the ping.
    case accept
    /// Send GOAWAY with ENHANCE_YOUR_CALM and `debugData`, and close at once.
    case tooManyPings
  }

  /// The debug data of the GOAWAY.
  package static let debugData: StaticString = "too_many_pings"

  /// Strikes that are forgiven.
  static let maximumStrikes = 2

  /// What RFC 1122 §4.2.3.6 sets as the least interval of TCP keepalives.
  static let intervalWithoutCalls = Duration.seconds(7200)

  private let configuration: Configuration
  private var lastValidPing: NIODeadline?
  private var strikes = 0

  package init(_ configuration: Configuration = Configuration()) { self.configuration = configuration }

  /// To be called for each PING that is not an acknowledgement.
  package mutating func didReceivePing(at now: NIODeadline, hasOpenStreams: Bool) -> Verdict {
    let interval =
      hasOpenStreams || configuration.permitsWithoutCalls
      ? configuration.minimumInterval : Self.intervalWithoutCalls
    if let last = lastValidPing, now < last.advanced(by: interval) {
      strikes = min(strikes + 1, Self.maximumStrikes + 1)
      return strikes > Self.maximumStrikes ? .tooManyPings : .accept
    }
    lastValidPing = now
    return .accept
  }

  /// To be called when a HEADERS or DATA frame is sent: pings that measure a transfer are no strikes.
  package mutating func didSendHeadersOrData() {
    lastValidPing = nil
    strikes = 0
  }
}
