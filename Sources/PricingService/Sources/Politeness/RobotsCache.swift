internal import Synchronization

/// The robots.txt of sites that were asked lately.
final class RobotsCache: Sendable {
  private struct Entry {
    var rules: RobotsTxt
    var expires: Duration
  }

  private let entries = Mutex<[String: Entry]>([:])
  private let maximumEntries: Int

  init(maximumEntries: Int = 2_000) { self.maximumEntries = maximumEntries }

  /// Nil when the site is not known, or what is known is too old.
  func rules(of origin: String, at now: Duration) -> RobotsTxt? {
    entries.withLock { entries in
      guard let entry = entries[origin], entry.expires > now else { return nil }
      return entry.rules
    }
  }

  /// - Parameter lifetime: at most a day (RFC 9309 §2.4).
  func keep(_ rules: RobotsTxt, of origin: String, at now: Duration, lifetime: Duration) {
    entries.withLock { entries in
      if entries[origin] == nil, entries.count >= maximumEntries {
        entries = entries.filter { $0.value.expires > now }
        if entries.count >= maximumEntries, let oldest = entries.min(by: { $0.value.expires < $1.value.expires }) {
          entries[oldest.key] = nil
        }
      }
      entries[origin] = Entry(rules: rules, expires: now + min(lifetime, .seconds(86_400)))
    }
  }
}
