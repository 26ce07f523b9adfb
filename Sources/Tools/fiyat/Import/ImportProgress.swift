import Glibc

/// The line that tells how far an import is, redrawn in place on a terminal and left out elsewhere.
final class ImportProgress {
  private let total: Int64
  private let isTerminal = isatty(STDERR_FILENO) == 1
  private let clock = ContinuousClock()
  private let started: ContinuousClock.Instant
  private var drawn: ContinuousClock.Instant?

  /// - Parameter total: the file's bytes, the measure of what is left.
  init(total: Int64) {
    self.total = total
    started = clock.now
  }

  /// - Parameters:
  ///   - bytes: of the file, read so far.
  ///   - rows: taken over so far.
  func show(bytes: Int64, rows: Int64) {
    guard isTerminal else { return }
    let now = clock.now
    if let drawn, now - drawn < .milliseconds(100) { return }
    drawn = now
    write("\r\u{1B}[K" + line(bytes: bytes, rows: rows, elapsed: (now - started).seconds))
  }

  /// Clears the line.
  func finish() { if isTerminal, drawn != nil { write("\r\u{1B}[K") } }

  /// Rows a second since the start.
  func rate(rows: Int64) -> Int64 { Int64(Double(rows) / max((clock.now - started).seconds, 0.001)) }

  /// "[#####-----]  50 %  12,000 rows  8,000/s  2 s left".
  func line(bytes: Int64, rows: Int64, elapsed: Double) -> String {
    let share = total > 0 ? min(1, Double(bytes) / Double(total)) : 0
    let filled = Int(share * 30)
    let bar = String(repeating: "#", count: filled) + String(repeating: "-", count: 30 - filled)
    let left = share > 0 ? Int(elapsed / share * (1 - share) + 0.5) : 0
    let rate = Int(Double(rows) / max(elapsed, 0.001))
    return "[\(bar)] \(Int(share * 100)) %  \(rows) rows  \(rate)/s  \(left) s left"
  }

  private func write(_ text: String) {
    let bytes = Array(text.utf8)
    // A terminal that takes no more text does not stop the import.
    _ = Glibc.write(STDERR_FILENO, bytes, bytes.count)
  }
}

extension Duration {
  var seconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}
