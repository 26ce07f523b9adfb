internal import HTTPTransport
package import NIOCore

/// When to try to connect again, and how long to try (gRPC's `connection-backoff.md`).
///
/// The wait counts from the start of an attempt, not from its failure: an attempt that hangs for longer than the wait
/// is followed by the next at once.
package struct ConnectionBackoff: Sendable {
  package struct Configuration: Sendable, Hashable {
    /// The wait after the first failed attempt.
    package var initial: Duration
    /// What each further wait is multiplied by.
    package var multiplier: Double
    /// The part of a wait by which it varies at random in both directions, 0 to 1.
    package var jitter: Double
    /// The longest wait, before jitter.
    package var maximum: Duration
    /// The least time that an attempt is given to succeed.
    package var minimumConnectTimeout: Duration

    /// The defaults are gRPC's: 1 s, 1.6, 0.2, 120 s and 20 s.
    package init(
      initial: Duration = .seconds(1), multiplier: Double = 1.6, jitter: Double = 0.2,
      maximum: Duration = .seconds(120), minimumConnectTimeout: Duration = .seconds(20)
    ) {
      self.initial = max(.zero, initial)
      self.multiplier = max(1, multiplier)
      self.jitter = max(0, min(1, jitter))
      self.maximum = max(self.initial, maximum)
      self.minimumConnectTimeout = max(.zero, minimumConnectTimeout)
    }
  }

  /// What an attempt is bound by.
  package struct Attempt: Sendable, Hashable {
    /// When to give the attempt up.
    package let connectDeadline: NIODeadline
    /// The earliest start of the next attempt if this one fails.
    package let nextAttempt: NIODeadline
  }

  private let configuration: Configuration
  private var current: Duration?

  package init(_ configuration: Configuration = Configuration()) { self.configuration = configuration }

  /// To be called when an attempt starts.
  package mutating func attempt(
    at now: NIODeadline, using generator: inout some RandomNumberGenerator
  ) -> Attempt {
    let wait: Duration
    if let last = current {
      let base = min(last.scaled(by: configuration.multiplier), configuration.maximum)
      current = base
      wait = base.scaled(by: 1 + .random(in: -configuration.jitter...configuration.jitter, using: &generator))
    } else {
      // The first wait has no jitter in gRPC's description.
      current = configuration.initial
      wait = configuration.initial
    }
    let nextAttempt = now.advanced(by: wait)
    return Attempt(
      connectDeadline: max(nextAttempt, now.advanced(by: configuration.minimumConnectTimeout)),
      nextAttempt: nextAttempt)
  }

  /// To be called when a connection is ready (the peer's SETTINGS have arrived): the next failure starts anew.
  package mutating func reset() { current = nil }
}
