internal import CoreMetrics

/// The service's own figures.
struct NotifierMetrics: Sendable {
  private let fired = Counter(label: "notifier_alerts_fired_total")
  private let paused = Self.hold("paused")
  private let history = Self.hold("history")
  private let rearming = Self.hold("rearming")
  private let repetition = Self.hold("repetition")
  private let flapping = Self.hold("flapping")

  func fired(_ count: Int) { fired.increment(by: count) }

  func held(_ reason: AlertDecision.HoldReason) {
    switch reason {
    case .paused: paused.increment()
    case .history: history.increment()
    case .rearming: rearming.increment()
    case .repetition: repetition.increment()
    case .flapping: flapping.increment()
    }
  }

  private static func hold(_ reason: String) -> Counter {
    Counter(label: "notifier_alerts_held_total", dimensions: [("reason", reason)])
  }
}

/// What one kind's sender does.
struct SenderMetrics: Sendable {
  private let accepted: Counter
  private let slowedDown: Counter
  private let failed: Counter
  private let refused: Counter
  private let gone: Counter
  private let expired: Counter
  private let late: Counter
  private let inFlight: Gauge
  private let latency: Timer

  init(_ kind: ChannelKind) {
    func counter(_ outcome: String) -> Counter {
      Counter(label: "notifier_sent_total", dimensions: [("kind", kind.name), ("outcome", outcome)])
    }
    accepted = counter("accepted")
    slowedDown = counter("slow_down")
    failed = counter("failed")
    refused = counter("refused")
    gone = counter("channel_gone")
    expired = counter("expired")
    late = counter("late")
    inFlight = Gauge(label: "notifier_in_flight", dimensions: [("kind", kind.name)])
    latency = Timer(label: "notifier_send_latency_seconds", dimensions: [("kind", kind.name)])
  }

  func count(_ outcome: SendOutcome) {
    switch outcome {
    case .accepted: accepted.increment()
    case .slowDown: slowedDown.increment()
    case .failed: failed.increment()
    case .refused: refused.increment()
    case .channelGone: gone.increment()
    case .expired: expired.increment()
    }
  }

  /// Another sender had taken the message while this one sent it: the lease was too short.
  func sentLate() { late.increment() }

  /// Messages under way.
  func underWay(_ count: Int) { inFlight.record(count) }

  /// From a delivery's making to its acceptance.
  func took(_ time: Duration) { latency.recordNanoseconds(time.nanosecondsValue) }
}
