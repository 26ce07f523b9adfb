internal import Glibc
internal import Synchronization

/// Decides which traces are recorded, and begins them: at the head, for all who take part.
package final class Tracer: Sendable {
  /// Traces a second that strangers may have recorded by their `traceparent`, whatever the ratio.
  static let strangersPerSecond = 10.0

  private struct Allowance {
    var left = Tracer.strangersPerSecond
    var since: UInt64 = 0
  }

  private let threshold: UInt64
  private let isAll: Bool
  private let facesStrangers: Bool
  private let sink: any SpanSink
  private let clock: @Sendable () -> UInt64
  private let allowance = Mutex(Allowance())

  /// - Parameters:
  ///   - ratio: 0 to 1: the share of traces beginning here that are recorded.
  ///   - facesStrangers: whether anyone may call: what they want recorded is recorded within an allowance.
  ///   - clock: nanoseconds since 1970.
  package init(
    ratio: Double, facesStrangers: Bool = false, sink: any SpanSink,
    clock: @escaping @Sendable () -> UInt64 = SpanClock.now
  ) {
    isAll = ratio >= 1
    threshold = ratio > 0 && ratio < 1 ? UInt64(ratio * 0x1p64) : 0
    self.facesStrangers = facesStrangers
    self.sink = sink
    self.clock = clock
  }

  /// Begins this process's part of a trace.
  ///
  /// - Parameters:
  ///   - parent: what the caller sent. Its decision counts (W3C Trace Context §2.2.4.1).
  ///   - mayBegin: whether a trace may begin here when the caller has none.
  /// - Returns: nil when the trace is not recorded.
  package func begin(
    _ name: @autoclosure () -> String, _ kind: SpanKind, from parent: TraceParent? = nil, mayBegin: Bool = true
  ) -> Span? {
    let context: TraceParent
    if let parent {
      guard parent.isSampled, !facesStrangers || allowsStranger() else { return nil }
      context = parent.child
    } else {
      guard mayBegin, isAll || threshold > 0 else { return nil }
      context = TraceParent(isSampled: true)
      guard isAll || context.randomPart < threshold else { return nil }
    }
    return Span(
      context: context, parent: parent, name: name(), kind: kind, root: TraceRoot(sink: sink, clock: clock))
  }

  /// A bucket that fills by the second.
  private func allowsStranger() -> Bool {
    let now = clock()
    return allowance.withLock { allowance in
      let seconds = now > allowance.since ? Double(now - allowance.since) / 1e9 : 0
      allowance.left = min(Self.strangersPerSecond, allowance.left + seconds * Self.strangersPerSecond)
      allowance.since = now
      guard allowance.left >= 1 else { return false }
      allowance.left -= 1
      return true
    }
  }
}

/// The wall clock that spans are dated by.
package enum SpanClock {
  /// Nanoseconds since 1970.
  @Sendable package static func now() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return UInt64(max(0, time.tv_sec)) * 1_000_000_000 + UInt64(max(0, time.tv_nsec))
  }
}
