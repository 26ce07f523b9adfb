package import PostgresClient
internal import Synchronization

/// The months of the `observation` table: made when an observation needs them.
package final class ObservationPartitions: Sendable {
  /// "fiyatrad", the partitions' advisory lock.
  private static let lockKey: Int64 = 0x6669_7961_7472_6164

  private let pool: PostgresPool
  private let known = Mutex<Set<CalendarMonth>>([])

  package init(pool: PostgresPool) {
    self.pool = pool
  }

  /// Makes the partitions of these months that do not exist yet.
  ///
  /// A table is made apart and then attached: that takes no lock that reads or writes of other months would wait for.
  /// Processes that need the same month at the same time wait for each other.
  /// - Throws: `PostgresError`.
  package func ensure(_ months: Set<CalendarMonth>) async throws {
    let missing = known.withLock { months.subtracting($0) }.sorted()
    guard !missing.isEmpty else { return }
    // Few at a time: each transaction holds its locks only for a moment.
    for start in stride(from: 0, to: missing.count, by: 12) {
      try await make(Array(missing[start..<min(start + 12, missing.count)]))
    }
    known.withLock { $0.formUnion(missing) }
  }

  private func make(_ months: [CalendarMonth]) async throws {
    try await pool.withTransaction { transaction in
      try await transaction.advisoryLock(Self.lockKey)
      let names = months.map { "observation_\($0.label)" }
      let present = try await transaction.query(
        "SELECT name FROM unnest($1::text[]) AS name WHERE to_regclass(name) IS NOT NULL", [names]
      ).scalars(String.self)
      for (month, name) in zip(months, names) where !present.contains(name) {
        // Names and dates are made of digits only.
        try await transaction.execute("CREATE TABLE \(name) (LIKE observation INCLUDING ALL)")
        try await transaction.execute(
          """
          ALTER TABLE observation ATTACH PARTITION \(name)
          FOR VALUES FROM ('\(month.firstDay) 00:00:00+00') TO ('\(month.next.firstDay) 00:00:00+00')
          """)
      }
    }
  }
}
