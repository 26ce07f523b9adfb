/// When a stream says where it is, and how long it rests.
struct StreamPace {
  /// How often a stream without events tells of a horizon that moves.
  private static let horizonInterval = Duration.seconds(1)
  /// The first wait for a transaction that holds rows back; nothing tells of its end.
  private static let firstRetry = Duration.milliseconds(2)

  private let pollInterval: Duration
  private let heartbeatInterval: Duration
  private var lastSent: ContinuousClock.Instant?
  private var horizon: EventPosition?
  private var retry = StreamPace.firstRetry

  init(_ configuration: EventFeedConfiguration) {
    pollInterval = configuration.pollInterval
    heartbeatInterval = configuration.heartbeatInterval
  }

  mutating func sent(_ horizon: EventPosition, at now: ContinuousClock.Instant = .now) {
    self.horizon = horizon
    lastSent = now
    retry = Self.firstRetry
  }

  /// Whether to send a batch without events: at the beginning, when the horizon has moved, and as a sign of life.
  func isDue(_ position: EventPosition, at now: ContinuousClock.Instant = .now) -> Bool {
    guard let lastSent else { return true }
    return now - lastSent >= (position == horizon ? heartbeatInterval : min(Self.horizonInterval, heartbeatInterval))
  }

  /// How long to wait for a notification.
  mutating func pause(hasHeldBack: Bool, at now: ContinuousClock.Instant = .now) -> Duration {
    var pause = pollInterval
    if hasHeldBack {
      pause = min(pause, retry)
      retry = min(retry * 2, pollInterval)
    } else {
      retry = Self.firstRetry
    }
    // In time for the sign of life.
    if let lastSent { pause = min(pause, max(.milliseconds(1), heartbeatInterval - (now - lastSent))) }
    return pause
  }
}
