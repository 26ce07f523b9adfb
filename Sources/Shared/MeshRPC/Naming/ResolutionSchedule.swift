internal import HTTPTransport
package import NIOCore

/// When to look a name up again: when a connection failed or ended, but not more often than the minimum interval; after
/// a failed lookup with growing waits; and, where configured, regularly, to find endpoints that were added.
///
/// The owner asks `next(at:using:)` after each event, and at the instant of the last answer.
package struct ResolutionSchedule: Sendable {
  package struct Configuration: Sendable, Hashable {
    /// The least time between the starts of two lookups.
    package var minimumInterval: Duration
    /// The most time between them; nil to look up only when asked to. At least `minimumInterval`.
    package var refreshInterval: Duration?
    /// The waits after failed lookups.
    package var backoff: ConnectionBackoff.Configuration

    /// The default minimum is the 30 s of gRPC's own DNS resolvers.
    package init(
      minimumInterval: Duration = .seconds(30), refreshInterval: Duration? = nil,
      backoff: ConnectionBackoff.Configuration = .init()
    ) {
      self.minimumInterval = max(.zero, minimumInterval)
      self.refreshInterval = refreshInterval.map { max($0, minimumInterval) }
      self.backoff = backoff
    }
  }

  package enum Action: Sendable, Hashable {
    /// Look up now, and report the end to `didFinish`.
    case resolve
    /// Nothing to do before this instant.
    case wait(until: NIODeadline)
    /// Nothing to do before the next event.
    case sleep
  }

  private enum State: Sendable {
    case initial
    case running(start: NIODeadline, retryAt: NIODeadline)
    case succeeded(start: NIODeadline)
    case failed(retryAt: NIODeadline)
  }

  private let configuration: Configuration
  private var backoff: ConnectionBackoff
  private var state = State.initial
  private var isRequested = false

  package init(_ configuration: Configuration = Configuration()) {
    self.configuration = configuration
    backoff = ConnectionBackoff(configuration.backoff)
  }

  /// To be called when a connection failed or ended: the addresses may be old.
  package mutating func request() { isRequested = true }

  /// To be called when the lookup that `next` asked for has ended.
  package mutating func didFinish(successfully: Bool) {
    guard case .running(let start, let retryAt) = state else { return }
    if successfully {
      backoff.reset()
      state = .succeeded(start: start)
    } else {
      state = .failed(retryAt: retryAt)
    }
  }

  /// What to do at `now`.
  package mutating func next(at now: NIODeadline, using generator: inout some RandomNumberGenerator) -> Action {
    let due: NIODeadline
    switch state {
    case .initial: due = now
    case .running: return .sleep
    case .failed(let retryAt): due = retryAt
    case .succeeded(let start):
      if isRequested {
        due = start.advanced(by: configuration.minimumInterval)
      } else if let refresh = configuration.refreshInterval {
        due = start.advanced(by: refresh)
      } else {
        return .sleep
      }
    }
    guard now >= due else { return .wait(until: due) }
    isRequested = false
    state = .running(start: now, retryAt: backoff.attempt(at: now, using: &generator).nextAttempt)
    return .resolve
  }
}
