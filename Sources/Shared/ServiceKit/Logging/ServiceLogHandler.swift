internal import Glibc
package import Logging
internal import ServiceContextModule
internal import TraceContext

/// Where a process's log goes and how it looks.
package final class LogOutput: Sendable {
  let pipe: LogPipe
  let format: LogFormat
  let service: String

  /// - Parameters:
  ///   - service: named in each line.
  ///   - descriptor: standard error unless told otherwise.
  package init(service: String, format: LogFormat, descriptor: Int32 = 2, capacity: Int = 1 << 20) {
    self.service = service
    self.format = format
    pipe = LogPipe(descriptor: descriptor, capacity: capacity) { count in
      format.line(
        LogRecord(
          time: .now, level: .warning, service: service, label: "log",
          message: "lines were dropped: the log's reader is too slow", fields: [("count", "\(count)")]))
    }
  }

  deinit { pipe.close(within: .zero) }

  /// A logger that writes here.
  package func logger(label: String, level: Logger.Level) -> Logger {
    Logger(label: label) { ServiceLogHandler(label: $0, output: self, level: level) }
  }

  /// Lines that were dropped so far.
  package var droppedLines: Int { pipe.droppedLines }

  /// Blocks the thread until everything has left, at most this long.
  package func flush(within limit: Duration) { pipe.flush(within: limit) }
}

/// The swift-log handler of services: formats a line in the caller's thread, and leaves writing to the pipe's.
struct ServiceLogHandler: LogHandler {
  let label: String
  let output: LogOutput
  var metadata: Logger.Metadata = [:]
  var metadataProvider: Logger.MetadataProvider?
  var logLevel: Logger.Level

  init(label: String, output: LogOutput, level: Logger.Level) {
    self.label = label
    self.output = output
    logLevel = level
  }

  subscript(metadataKey key: String) -> Logger.MetadataValue? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) { output.pipe.write(output.format.line(record(of: event, at: .now))) }

  func record(of event: LogEvent, at time: WallTime) -> LogRecord {
    var all = metadata
    if let provided = metadataProvider?.get() { all.merge(provided) { $1 } }
    if let own = event.metadata { all.merge(own) { $1 } }
    if let error = event.error, all["error"] == nil { all["error"] = .string(SafeDescription.of(error)) }
    let request = RequestContext.current
    let span = Span.current
    return LogRecord(
      time: time, level: event.level, service: output.service, label: label, message: "\(event.message)",
      fields: all.sorted { $0.key < $1.key }.map { (name: $0.key, value: $0.value) }, requestID: request?.requestID,
      traceID: (span?.context ?? request?.trace)?.traceID, spanID: span?.context.spanID)
  }
}

extension WallTime {
  static var now: WallTime {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return WallTime(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
  }
}
