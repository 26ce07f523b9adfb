internal import Synchronization

/// How far this process is behind pricing's events.
final class LagMeter: Sendable {
  private struct State {
    var behind = Duration.zero
    var heardAt: ContinuousClock.Instant
  }

  private let state: Mutex<State>

  /// A stream gives a sign of life more often than this.
  private static let silence = Duration.seconds(30)

  init(now: ContinuousClock.Instant = .now) { state = Mutex(State(heardAt: now)) }

  /// - Parameter behind: the age of the newest event seen where there are more behind it, else zero.
  func heard(behind: Duration, at now: ContinuousClock.Instant = .now) {
    state.withLock {
      $0.behind = max(.zero, behind)
      $0.heardAt = now
    }
  }

  /// Where pricing is silent, the silence counts.
  func lag(at now: ContinuousClock.Instant) -> Duration {
    state.withLock { state in
      let silent = now - state.heardAt
      return silent > Self.silence ? state.behind + silent : state.behind
    }
  }
}
