internal import PostgresClient

/// What time asks for: rolls hours up, makes and drops days, forgets salts. All gateways may do it.
struct AnalyticsUpkeep: Sendable {
  let pool: PostgresPool
  let settings: AnalyticsSettings
  var clock: @Sendable () -> Timestamp = { .now() }

  private static let batch = 5000
  private static let interval = Duration.seconds(600)

  /// Until the task is cancelled.
  ///
  /// - Throws: `PostgresError`, to be started anew.
  func run() async throws {
    var next = ContinuousClock.now
    while true {
      // Salts go whatever else succeeds; of the rest, figures are made before what they are made of goes.
      if ContinuousClock.now >= next {
        try await forgetSalts()
        try await makeDays()
      }
      try await AnalyticsRollUp(pool: pool).run()
      if ContinuousClock.now >= next {
        try await forget()
        next = .now + Self.interval
      }
      try await Task.sleep(for: settings.rollUp)
    }
  }

  /// Makes the days that will be needed next, and drops those that are too old.
  func makeDays() async throws {
    try await AnalyticsPartitions(pool: pool, retentionDays: settings.eventDays).maintain(now: clock())
  }

  /// The day whose events may still be written.
  private var current: Int32 { AnalyticsStore.day(of: clock().before(AnalyticsStore.patience)) }

  /// Removes the salts of days that are over.
  func forgetSalts() async throws { try await pool.execute("DELETE FROM analytics_salt WHERE day < $1", [current]) }

  /// Removes what else is needed no more.
  ///
  /// - Returns: rows removed.
  @discardableResult
  func forget() async throws -> Int {
    let now = clock()
    let today = AnalyticsStore.day(of: now)
    // By primary keys, and index analytics_batch_at.
    var total = try await drain("analytics_visitor", "day < $1", current)
    total += try await drain("analytics_batch", "at < $1", now.before(AnalyticsStore.patience * 2))
    let oldest = AnalyticsPartitions.start(today - Int32(clamping: settings.reportDays))
    for dimension in AnalyticsDimension.allCases {
      total += try await drain("analytics_hour", "dimension = \(dimension.rawValue) AND hour < $1", oldest)
    }
    total += try await drain("analytics_day", "day < $1", AnalyticsStore.day(of: oldest))
    return total
  }

  private func drain(_ table: String, _ condition: String, _ bound: any PostgresEncodable) async throws -> Int {
    var total = 0
    while true {
      // By place, so that no plan comes to join with the whole table.
      let count = try await pool.execute(
        "DELETE FROM \(table) WHERE ctid = ANY (ARRAY (SELECT ctid FROM \(table) WHERE \(condition) LIMIT $2))",
        [bound, Self.batch])
      total += count
      if count < Self.batch { return total }
      try Task.checkCancellation()
    }
  }
}

extension Timestamp {
  func before(_ duration: Duration) -> Timestamp {
    Timestamp(microseconds: microseconds - Int64(duration / .microseconds(1)))
  }
}
