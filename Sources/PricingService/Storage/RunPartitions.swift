package import PostgresClient

/// The days of the run log: made ahead and dropped after a while. Also trims the sources' figures.
package struct RunPartitions: Sendable {
  /// "runs" in the advisory locks.
  private static let lockKey: Int64 = 0x6669_7961_7472_756E

  private let pool: PostgresPool
  private let retentionDays: Int

  /// - Parameter retentionDays: days of runs that are kept, 1 or more.
  package init(pool: PostgresPool, retentionDays: Int = 7) {
    self.pool = pool
    self.retentionDays = max(1, retentionDays)
  }

  /// Makes the partitions of yesterday to the day after tomorrow, and drops what is too old.
  /// - Throws: `PostgresError`.
  package func maintain(now: Moment) async throws {
    try await pool.withTransaction { transaction in
      try await transaction.advisoryLock(Self.lockKey)
      let today = now.startOfDay
      for offset in -1...2 {
        let day = today.daysAfter(offset)
        let name = "run_\(Self.label(day))"
        let exists =
          try await transaction.query("SELECT to_regclass($1) IS NOT NULL", [name]).scalar(Bool.self) ?? false
        guard !exists else { continue }
        // Names and times are made of digits only.
        try await transaction.execute("CREATE TABLE \(name) (LIKE run INCLUDING ALL)")
        try await transaction.execute(
          """
          ALTER TABLE run ATTACH PARTITION \(name)
          FOR VALUES FROM ('\(day.timestamp.description)') TO ('\(day.daysAfter(1).timestamp.description)')
          """)
      }
      let oldest = "run_\(Self.label(today.daysBefore(retentionDays)))"
      let old = try await transaction.query(
        """
        SELECT c.relname::text FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'run'::regclass AND c.relname::text < $1
        """, [oldest]
      ).scalars(String.self)
      for name in old where name.dropFirst(4).allSatisfy(\.isNumber) {
        try await transaction.execute("DROP TABLE \(name)")
      }
      try await transaction.execute("DELETE FROM source_hour WHERE hour < $1", [now.daysBefore(2).timestamp])
      try await transaction.execute("DELETE FROM worker WHERE seen_at < $1", [(now + (-300_000)).timestamp])
    }
  }

  /// `20241124`.
  private static func label(_ day: Moment) -> String { day.timestamp.description.prefix(10).filter { $0 != "-" } }
}
