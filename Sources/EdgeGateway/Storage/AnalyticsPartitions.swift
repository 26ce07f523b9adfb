internal import PostgresClient

/// The days of `analytics_event`: made ahead, dropped after a while. All gateways may do it.
struct AnalyticsPartitions: Sendable {
  let pool: PostgresPool
  /// Days of events that are kept, 2 or more.
  let retentionDays: Int

  /// "analytics" in the advisory locks.
  private static let lockKey: Int64 = 0x616E_616C_7974_6963
  private static let prefix = "analytics_event_"

  /// Makes the partitions of yesterday to the day after tomorrow, and drops what is too old.
  ///
  /// - Throws: `PostgresError`.
  func maintain(now: Timestamp) async throws {
    try await pool.withTransaction { transaction in
      try await transaction.advisoryLock(Self.lockKey)
      let today = AnalyticsStore.day(of: now)
      for day in today - 1...today + 2 {
        let name = Self.prefix + Self.label(day)
        let exists =
          try await transaction.query("SELECT to_regclass($1) IS NOT NULL", [name]).scalar(Bool.self) ?? false
        guard !exists else { continue }
        // Made apart and then attached, which keeps no reader or writer of other days waiting. Names and times are made of
        // digits only.
        try await transaction.execute("CREATE TABLE \(name) (LIKE analytics_event INCLUDING ALL)")
        try await transaction.execute(
          """
          ALTER TABLE analytics_event ATTACH PARTITION \(name)
          FOR VALUES FROM ('\(Self.start(day))') TO ('\(Self.start(day + 1))')
          """)
      }
      let oldest = Self.prefix + Self.label(today - Int32(clamping: retentionDays))
      let old = try await transaction.query(
        """
        SELECT c.relname::text FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'analytics_event'::regclass AND c.relname::text < $1
        """, [oldest]
      ).scalars(String.self)
      for name in old where name.dropFirst(Self.prefix.count).allSatisfy(\.isNumber) {
        try await transaction.execute("DROP TABLE \(name)")
      }
    }
  }

  static func start(_ day: Int32) -> Timestamp { Timestamp(microseconds: Int64(day) * 86_400_000_000) }

  /// `20261128`.
  private static func label(_ day: Int32) -> String { start(day).description.prefix(10).filter { $0 != "-" } }
}
