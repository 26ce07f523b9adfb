package import NIOCore

/// When a server ends a connection for its age or idleness (gRFC A9), so that clients spread anew over the replicas.
///
/// The owner reports how many streams are open and asks `next(at:)` what to do: after each report, and at the instant
/// of the last answer.
package struct ConnectionAge: Sendable {
  package struct Configuration: Sendable, Hashable {
    /// How long a connection may stay without a stream; nil for ever.
    package var maximumIdle: Duration?
    /// How long a connection takes new streams, give or take a tenth; nil for ever.
    package var maximumAge: Duration?
    /// How long the streams that are open then may go on; nil for ever.
    package var grace: Duration?

    package init(maximumIdle: Duration? = nil, maximumAge: Duration? = nil, grace: Duration? = nil) {
      self.maximumIdle = maximumIdle.map { max(.zero, $0) }
      self.maximumAge = maximumAge.map { max(.zero, $0) }
      self.grace = grace.map { max(.zero, $0) }
    }
  }

  /// Why a connection is drained; the text is the GOAWAY's debug data.
  package enum Reason: String, Sendable, Hashable {
    case idle = "max_idle"
    case age = "max_age"
  }

  package enum Action: Sendable, Hashable {
    /// Nothing to do before this instant.
    case wait(until: NIODeadline)
    /// Nothing to do before the next report.
    case sleep
    /// Drain the connection: GOAWAY in two steps, close when the last stream has ended. Said once.
    case drain(Reason)
    /// The grace is over: close the connection with all that runs on it.
    case close
  }

  /// The part of the age by which it varies at random, so that connections made together don't end together.
  static let jitter = 0.1

  private let configuration: Configuration
  private let ageLimit: NIODeadline?
  private var idleSince: NIODeadline?
  private var isDraining = false
  private var closesAt: NIODeadline?

  /// - Parameter now: when the connection was accepted.
  package init(
    _ configuration: Configuration, at now: NIODeadline, using generator: inout some RandomNumberGenerator
  ) {
    self.configuration = configuration
    let factor = 1 + Double.random(in: -Self.jitter...Self.jitter, using: &generator)
    ageLimit = configuration.maximumAge.map { now.advanced(by: $0.scaled(by: factor)) }
    idleSince = now
  }

  /// To be called when a stream opens or ends, with the number that is open then.
  package mutating func didChangeOpenStreams(to count: Int, at now: NIODeadline) {
    if count > 0 {
      idleSince = nil
    } else if idleSince == nil {
      idleSince = now
    }
  }

  /// To be called when the connection is drained for another reason, such as the server's end: `next(at:)` then
  /// watches over the grace only.
  package mutating func didStartDraining(at now: NIODeadline) {
    guard !isDraining else { return }
    isDraining = true
    closesAt = configuration.grace.map { now.advanced(by: $0) }
  }

  /// What to do at `now`.
  package mutating func next(at now: NIODeadline) -> Action {
    if isDraining {
      guard let closesAt else { return .sleep }
      return now >= closesAt ? .close : .wait(until: closesAt)
    }
    let idleLimit = idleSince.flatMap { since in configuration.maximumIdle.map { since.advanced(by: $0) } }
    if let ageLimit, now >= ageLimit {
      didStartDraining(at: now)
      return .drain(.age)
    }
    if let idleLimit, now >= idleLimit {
      didStartDraining(at: now)
      return .drain(.idle)
    }
    switch (ageLimit, idleLimit) {
    case (let age?, let idle?): return .wait(until: min(age, idle))
    case (let age?, nil): return .wait(until: age)
    case (nil, let idle?): return .wait(until: idle)
    case (nil, nil): return .sleep
    }
  }
}
