internal import Glibc
internal import Logging
internal import NIOCore
internal import Synchronization
internal import TraceContext

/// Sends reports of errors to Sentry, or to whoever speaks its protocol. To report costs a lock and a place in a queue.
package final class ErrorReporter: Sendable {
  private let rate: Double
  private let flood = Mutex(FloodGuard())
  private let exporter: Exporter<SentryEvent>
  private let receiver: Receiver
  private let figures: ExportFigures

  /// - Parameter rate: 0 to 1: the share of errors that are reported.
  /// - Throws: `OutboundError`.
  init(
    _ dsn: SentryDSN, rate: Double, origin: SentryEvent.Origin, version: String, caPath: String?,
    group: any EventLoopGroup, logger: Logger
  ) throws {
    self.rate = rate
    let figures = ExportFigures(.errors)
    self.figures = figures
    let authorization = dsn.authorization(client: "\(SentryEvent.client)/\(version)")
    let receiver = try Receiver(
      dsn.envelopeURL, headers: [("x-sentry-auth", authorization)], caPath: caPath, group: group, logger: logger)
    self.receiver = receiver
    let limits = LimitBox()
    exporter = Exporter(
      capacity: 256, configuration: Exporter.Configuration(batch: 1, gather: .zero), figures: figures, logger: logger
    ) { events in
      guard let event = events.first else { return .taken }
      guard !limits.isLimited else { return .limited }
      let body = event.envelope(origin, sentAt: Int64(time(nil)))
      guard let answer = await receiver.post(body, type: SentryEvent.contentType) else { return .later(nil) }
      limits.heard(answer)
      return SentryEvent.delivery(status: answer.status)
    }
  }

  /// Reports an error, unless it is left out by the sample rate or told often enough. Never waits, never fails.
  package func report(_ report: ErrorReport) {
    guard rate >= 1 || Double.random(in: 0..<1) < rate else { return figures.dropped(1, .sampled) }
    guard let suppressed = flood.withLock({ $0.admit(report.key, at: .now) }) else {
      return figures.dropped(1, .repeated)
    }
    exporter.offer(
      SentryEvent(
        report: report, id: HexText.make(UniqueNumber.next()) + HexText.make(UniqueNumber.next()),
        moment: Int64(time(nil)), suppressed: suppressed))
  }

  func start() { exporter.start() }

  func close(within limit: Duration) async {
    await exporter.close(within: limit)
    await receiver.shutdown()
  }
}

/// The receiver's wishes, which each answer may change.
private final class LimitBox: Sendable {
  private let limits = Mutex(SentryLimits())

  var isLimited: Bool { limits.withLock { $0.isLimited(at: .now) } }

  func heard(_ answer: Receiver.Answer) {
    limits.withLock {
      $0.heard(
        status: answer.status, limits: answer.field("x-sentry-rate-limits"), retryAfter: answer.field("retry-after"),
        at: .now)
    }
  }
}
