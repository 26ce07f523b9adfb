/// Lets the first few of the same error through, and counts the rest.
struct FloodGuard: Sendable {
  struct Configuration: Sendable {
    /// Of one error in a window.
    var perKey = 5
    /// Of all together.
    var inAll = 100
    var window = Duration.seconds(60)
    /// Errors that are told apart; more share one count.
    var maximumKeys = 256
  }

  private struct Entry {
    var count = 0
    var suppressed = 0
  }

  private let configuration: Configuration
  private var start: ContinuousClock.Instant?
  private var entries: [String: Entry] = [:]
  private var total = 0
  /// Left out in windows before, by error.
  private var owed: [String: Int] = [:]

  init(_ configuration: Configuration = Configuration()) { self.configuration = configuration }

  /// - Returns: how many of this error were left out since it was last let through; nil when this one is left out too.
  mutating func admit(_ key: String, at now: ContinuousClock.Instant) -> Int? {
    if let start, now - start < configuration.window {
    } else {
      start = now
      // What was left out is told with the next of its kind; that of two windows ago is forgotten.
      owed = entries.compactMapValues { $0.suppressed > 0 ? $0.suppressed : nil }
      entries.removeAll(keepingCapacity: true)
      total = 0
    }
    let key = entries[key] != nil || entries.count < configuration.maximumKeys ? key : ""
    var entry = entries[key] ?? Entry()
    defer { entries[key] = entry }
    guard entry.count < configuration.perKey, total < configuration.inAll else {
      entry.suppressed += 1
      return nil
    }
    entry.count += 1
    total += 1
    return owed.removeValue(forKey: key) ?? 0
  }
}
