/// How often a host may be asked.
package struct HostPolicy: Sendable, Hashable {
  /// Between two requests' starts. Default 1 s.
  package var interval: Duration = .seconds(1)
  /// Requests at once from this process. Default 2.
  package var concurrency = 2
  /// The longest that a request waits for its moment; one that would wait longer is refused. Default 20 s.
  package var maximumWait: Duration = .seconds(20)

  package init() {}
}

/// When hosts may be asked. `LocalHostBudget` knows of this process only; one that several processes share keeps the
/// same two facts of each host in a table: its next free moment, and until when it does not want to be asked.
package protocol HostBudget: Sendable {
  /// Takes the next free moment of `host` (name and port).
  ///
  /// - Parameters:
  ///   - interval: that passes until the moment after it.
  ///   - limit: when the moment is farther away, it is not taken.
  /// - Returns: how long to wait for it.
  /// - Throws: `SourceError` `.refused` with the time until the moment, when it is beyond `limit`.
  func reserve(_ host: String, interval: Duration, within limit: Duration) async throws -> Duration

  /// Nobody asks `host` before `delay` has passed. The later of two such moments counts.
  func postpone(_ host: String, by delay: Duration) async throws
}
