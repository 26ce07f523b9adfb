internal import Synchronization

/// Connections to a primary and its replicas, shared by any number of tasks.
///
/// Statements of different tasks travel in one pipeline on few connections, and each has its own outcome. A write's
/// result is returned when its commit is confirmed. Deadlines and cancellation end one statement, never another's.
package final class PostgresPool: Sendable {
  package let configuration: PostgresPoolConfiguration
  let primary: PoolCore
  let replicas: [PoolCore]
  private let nextReplica = Atomic<Int>(0)

  /// Starts connecting in the background.
  /// - Throws: `PostgresError` `.invalidConfiguration`.
  package init(_ configuration: PostgresPoolConfiguration) throws(PostgresError) {
    try configuration.validate()
    let thread = try PostgresIOThread.shared()
    self.configuration = configuration
    let primary = PoolCore(
      thread: thread, dsn: configuration.primary, configuration: configuration, name: configuration.name)
    self.primary = primary
    replicas = configuration.replicas.enumerated().map { index, dsn in
      PoolCore(
        thread: thread, dsn: dsn, configuration: configuration, name: "\(configuration.name)-replica-\(index)",
        fallback: primary)
    }
    for core in [primary] + replicas { thread.run { core.start() } }
  }

  /// Where a read may go.
  package enum ReadRoute: Sendable {
    /// A replica that is up, where there is one: its data may be as old as `maximumReplicaLag`, and older only while the
    /// primary does not answer.
    case any
    /// The primary, whose data is current.
    case primary
  }

  /// Runs a statement on the primary and returns its rows, e.g. of `INSERT … RETURNING`.
  /// - Parameters:
  ///   - sql: one statement with `$1`, `$2` … for values.
  ///   - values: the parameters, in order.
  ///   - timeout: for everything; the configuration's `queryTimeout` when nil.
  /// - Throws: `PostgresError`. `isOutcomeUnknown` is set when the connection broke before the commit was confirmed.
  @discardableResult
  package nonisolated(nonsending) func query(
    _ sql: String, _ values: [any PostgresEncodable] = [], timeout: Duration? = nil
  ) async throws -> PostgresRows {
    PostgresRows(result: try await primary.query(sql, values, timeout: timeout))
  }

  /// Runs a statement that changes nothing. It may go to a replica, shares a round trip with other reads, and is sent
  /// again by itself when its connection breaks, so it must not call functions that write.
  /// - Throws: `PostgresError`.
  package nonisolated(nonsending) func read(
    _ sql: String, _ values: [any PostgresEncodable] = [], from route: ReadRoute = .any, timeout: Duration? = nil
  ) async throws -> PostgresRows {
    PostgresRows(result: try await core(for: route).query(sql, values, isRead: true, timeout: timeout))
  }

  /// Runs a statement on the primary.
  /// - Returns: how many rows it changed.
  /// - Throws: `PostgresError`, as `query` does.
  @discardableResult
  package nonisolated(nonsending) func execute(
    _ sql: String, _ values: [any PostgresEncodable] = [], timeout: Duration? = nil
  ) async throws -> Int {
    try await primary.query(sql, values, timeout: timeout).affectedRows
  }

  /// Waits until the primary answers.
  /// - Throws: `PostgresError` when it does not in time.
  package nonisolated(nonsending) func waitUntilReady(timeout: Duration) async throws {
    _ = try await primary.query("SELECT 1", [], isRead: true, timeout: timeout)
  }

  /// Takes no more work, and returns when what was under way has ended or `grace` has passed.
  package nonisolated(nonsending) func close(grace: Duration = .seconds(5)) async {
    for core in [primary] + replicas { await core.close(grace: grace) }
  }

  private func core(for route: ReadRoute) -> PoolCore {
    guard route == .any, !replicas.isEmpty else { return primary }
    let first = nextReplica.wrappingAdd(1, ordering: .relaxed).oldValue
    for offset in 0..<replicas.count {
      let replica = replicas[Int(UInt(bitPattern: first &+ offset) % UInt(replicas.count))]
      if replica.isHealthy.load(ordering: .relaxed), replica.isUsable.load(ordering: .relaxed) { return replica }
    }
    return primary
  }
}
