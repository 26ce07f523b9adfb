internal import CoreMetrics

/// What became of what was to be told, for swift-metrics.
///
/// | metric | labels |
/// |---|---|
/// | `telemetry_sent_total` | signal |
/// | `telemetry_dropped_total` | signal, reason |
/// | `telemetry_failures_total` | signal |
package struct ExportFigures: Sendable {
  package enum Signal: String, CaseIterable, Sendable { case traces, errors }

  package enum Reason: String, CaseIterable, Sendable {
    /// The queue had no room: the receiver is slow or away.
    case full
    /// The receiver did not take it, tried as often as it may be.
    case failed
    /// The receiver asked for less.
    case limited
    /// The same error was told often enough.
    case repeated
    /// Left out by the sample rate.
    case sampled
  }

  private let sent: Counter
  private let failures: Counter
  private let dropped: [Reason: Counter]

  package init(_ signal: Signal) {
    let labels = [("signal", signal.rawValue)]
    sent = Counter(label: "telemetry_sent_total", dimensions: labels)
    failures = Counter(label: "telemetry_failures_total", dimensions: labels)
    var dropped: [Reason: Counter] = [:]
    for reason in Reason.allCases {
      dropped[reason] = Counter(
        label: "telemetry_dropped_total", dimensions: labels + [("reason", reason.rawValue)])
    }
    self.dropped = dropped
  }

  func sent(_ count: Int) { sent.increment(by: count) }
  func failed() { failures.increment() }
  func dropped(_ count: Int, _ reason: Reason) { if count > 0 { dropped[reason]?.increment(by: count) } }
}
