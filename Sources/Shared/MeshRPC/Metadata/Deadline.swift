internal import HTTPTransport
package import NIOCore

/// The instant by which a call must have ended, or `never`.
///
/// A `NIODeadline` inside and not a `ContinuousClock.Instant`: event loops schedule by it without a conversion and give
/// tests a clock of their own, and it takes 8 bytes in every call. It does not run while the machine sleeps; servers
/// don't.
package struct Deadline: Sendable, Hashable, Comparable {
  /// The instant on the monotonic clock; `.distantFuture` for none.
  package let instant: NIODeadline

  package init(_ instant: NIODeadline) { self.instant = instant }

  /// `timeout` from `now` on; a timeout too long to count is `never`, one below zero has passed.
  package init(after timeout: Duration, from now: NIODeadline) {
    self.init(now.advanced(by: timeout))
  }

  /// No deadline.
  package static let never = Deadline(.distantFuture)

  package var isNever: Bool { instant == .distantFuture }

  /// Whether it has passed at `now`.
  package func hasPassed(at now: NIODeadline) -> Bool { !isNever && instant <= now }

  /// The time left at `now`, zero when it has passed; nil for `never`.
  package func remaining(at now: NIODeadline) -> Duration? {
    if isNever { return nil }
    return instant <= now ? .zero : .nanoseconds((instant - now).nanoseconds)
  }

  /// The value of `grpc-timeout` for a call made at `now`; nil for `never`.
  package func grpcTimeout(at now: NIODeadline) -> String? {
    remaining(at: now).map(GRPCTimeout.format)
  }

  package static func < (lhs: Deadline, rhs: Deadline) -> Bool { lhs.instant < rhs.instant }
}
