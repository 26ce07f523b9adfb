import Logging
import Synchronization

/// Keeps the last lines of a log, to be shown when a test fails.
final class LogBook: Sendable {
  private let stored = Mutex<[String]>([])

  var lines: [String] { stored.withLock { $0 } }

  func logger(_ label: String) -> Logger {
    Logger(label: label) { label in Handler(book: self, label: label) }
  }

  private func add(_ line: String) {
    stored.withLock { lines in
      if lines.count >= 400 { lines.removeFirst(200) }
      lines.append(line)
    }
  }

  private struct Handler: LogHandler {
    let book: LogBook
    let label: String
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.info

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
      get { metadata[key] }
      set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
      let details = (event.metadata ?? [:]).map { "\($0)=\($1)" }.sorted().joined(separator: " ")
      book.add("\(label) \(event.level): \(event.message) \(details)")
    }
  }
}
