internal import Logging
internal import Telemetry

/// Reports what is logged as an error, besides logging it: background tasks that fail, jobs that are given up, events
/// that cannot be applied. Whoever works logs, and need not know who watches.
struct ReportingLogHandler: LogHandler {
  private let label: String
  private var base: Logger
  private let reporter: ErrorReporter

  /// - Parameter base: what writes the lines.
  init(_ base: Logger, _ reporter: ErrorReporter) {
    label = base.label
    self.base = base
    self.reporter = reporter
  }

  /// A logger that writes where another does, and reports.
  static func logger(_ base: Logger, _ reporter: ErrorReporter) -> Logger {
    Logger(label: base.label) { _ in ReportingLogHandler(base, reporter) }
  }

  subscript(metadataKey key: String) -> Logger.MetadataValue? {
    get { base[metadataKey: key] }
    set { base[metadataKey: key] = newValue }
  }

  var metadata: Logger.Metadata {
    get { base.handler.metadata }
    set { base.handler.metadata = newValue }
  }

  var logLevel: Logger.Level {
    get { base.logLevel }
    set { base.logLevel = newValue }
  }

  func log(event: LogEvent) {
    base.handler.log(event: event)
    guard event.level >= .error else { return }
    reporter.report(Self.report(event, label: label))
  }

  /// What a line says, as a report.
  static func report(_ event: LogEvent, label: String) -> ErrorReport {
    let metadata = event.metadata ?? [:]
    let task = metadata["task"].map { "\($0)" }
    let told = event.error.map { SafeDescription.of($0) } ?? metadata["error"].map { "\($0)" }
    var report = ErrorReport(
      task == nil ? .job : .task, at: task ?? label, type: event.error.map { "\(type(of: $0))" } ?? "\(event.message)",
      message: told.map { "\(event.message): \($0)" } ?? "\(event.message)")
    report.level = event.level == .critical ? .fatal : .error
    report.takeContext()
    return report
  }
}
