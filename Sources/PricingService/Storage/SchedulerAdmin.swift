package import PostgresClient

/// A kind of work and how far it has come.
package struct JobFigures: Sendable {
  package var name: String
  package var pausedAt: Moment?
  package var due: Int64
  package var overdue: Int64
  package var leased: Int64
  /// How late the oldest due listing is, in milliseconds.
  package var lag: Int64
}

/// A host and what it allows.
package struct SourceFigures: Sendable {
  package var name: String
  package var rateMillihertz: Int32
  package var concurrency: Int32
  package var dailyBudget: Int32
  package var usedToday: Int32
  package var isPaused: Bool
  package var blockedUntil: Moment?
  package var succeeded: Int64
  package var failed: Int64
  package var lastError: String
}

/// A listing that is late by more than its own interval.
package struct OverdueCheck: Sendable, Equatable {
  package var listing: Int64
  package var product: Int64
  package var productTitle: String
  package var shop: String
  /// The host that is asked.
  package var source: String
  package var job: String
  package var dueAt: Moment
  package var checkedAt: Moment?
  /// Checks in a row that failed.
  package var failures: Int16
}

/// What operators see of the schedule and change in it.
package struct SchedulerAdmin: Sendable {
  private let pool: PostgresPool
  private let intervals: CheckIntervals

  package init(pool: PostgresPool, intervals: CheckIntervals = .standard) {
    self.pool = pool
    self.intervals = intervals
  }

  /// All jobs, or one. Index: check_schedule_job; costs as much as there is due.
  package func jobs(_ name: String? = nil, now: Moment) async throws -> [JobFigures] {
    let rows = try await pool.read(
      """
      SELECT j.name, j.paused_at, count(d.due_at) FILTER (WHERE d.is_due),
        count(d.due_at) FILTER (WHERE d.is_due AND d.is_overdue), count(d.due_at) FILTER (WHERE NOT d.is_due),
        min(d.due_at) FILTER (WHERE d.is_due)
      FROM job j
      LEFT JOIN LATERAL (
        SELECT c.due_at, true AS is_due,
          c.due_at + CASE c.priority WHEN 1 THEN $3::bigint WHEN 2 THEN $4::bigint ELSE $5::bigint END
            * interval '1 millisecond' < $2 AS is_overdue
        FROM check_schedule c WHERE c.job = j.name AND c.due_at <= $2
        UNION ALL
        SELECT c.due_at, false, false FROM check_schedule c
        WHERE c.job = j.name AND c.lease_owner IS NOT NULL AND c.due_at > $2) AS d ON true
      WHERE $1::text IS NULL OR j.name = $1
      GROUP BY j.name ORDER BY j.name
      """, [name, now.timestamp] + intervals.all, from: .primary)
    return try rows.map { row in
      let (name, pausedAt, due, overdue, leased, oldest) =
        try row.decode((String, Timestamp?, Int64, Int64, Int64, Timestamp?).self)
      return JobFigures(
        name: name, pausedAt: pausedAt.map { Moment($0) }, due: due, overdue: overdue, leased: leased,
        lag: oldest.map { now - Moment($0) } ?? 0)
    }
  }

  /// Listings that are overdue, those due longest first. Index: check_schedule_job; costs as much as there is due.
  ///
  /// - Parameter job: nil for all.
  package func overdue(job: String? = nil, limit: Int, now: Moment) async throws -> [OverdueCheck] {
    let rows = try await pool.read(
      """
      SELECT c.listing_id, l.product_id, l.product_title, l.shop, c.source, c.job, c.due_at, c.checked_at, c.failures
      FROM job j
      CROSS JOIN LATERAL (
        SELECT s.listing_id, s.source, s.job, s.due_at, s.checked_at, s.failures FROM check_schedule s
        WHERE s.job = j.name AND s.due_at <= $2
          AND s.due_at + CASE s.priority WHEN 1 THEN $3::bigint WHEN 2 THEN $4::bigint ELSE $5::bigint END
            * interval '1 millisecond' < $2
        ORDER BY s.due_at LIMIT $6) AS c
      JOIN listing l ON l.id = c.listing_id
      WHERE $1::text IS NULL OR j.name = $1
      ORDER BY c.due_at, c.listing_id LIMIT $6
      """, [job, now.timestamp] + intervals.all + [Int64(limit)], from: .primary)
    return try rows.map { row in
      OverdueCheck(
        listing: try row.column(0), product: try row.column(1), productTitle: try row.column(2),
        shop: try row.column(3), source: try row.column(4), job: try row.column(5),
        dueAt: Moment(try row.column(6, as: Timestamp.self)),
        checkedAt: try row.column(7, as: Timestamp?.self).map { Moment($0) }, failures: try row.column(8))
    }
  }

  /// Pauses or resumes a job, or all. Claims look at this row, so that no work begins after it is committed.
  /// - Returns: whether there is such a job.
  package func setPaused(_ isPaused: Bool, job name: String?, now: Moment) async throws -> Bool {
    let count = try await pool.execute(
      """
      UPDATE job SET paused_at = CASE WHEN $1 THEN coalesce(paused_at, $2) END
      WHERE $3::text IS NULL OR name = $3
      """, [isPaused, now.timestamp, name])
    try await pool.notify(ScheduleStore.channel)
    return count > 0
  }

  /// Listings that are in the catalogue, their products, and open deals.
  ///
  /// Listings and products are counted up to 10,000; beyond, they are the planner's figures, so that an operator's page
  /// does not read a table of millions. Open deals are counted by a partial index.
  package func counts() async throws -> (listings: Int64, products: Int64, openDeals: Int64) {
    let rows = try await pool.read(
      """
      WITH first AS (SELECT product_id FROM listing WHERE removed_at IS NULL LIMIT 10000),
        counted AS (SELECT count(*) AS listings, count(DISTINCT product_id) AS products FROM first),
        estimated AS (
          SELECT t.reltuples::bigint AS listings,
            (CASE WHEN s.n_distinct < 0 THEN -s.n_distinct * t.reltuples ELSE s.n_distinct END)::bigint AS products
          FROM pg_class t LEFT JOIN pg_stats s
            ON s.schemaname = current_schema() AND s.tablename = 'listing' AND s.attname = 'product_id'
          WHERE t.oid = 'listing'::regclass)
      SELECT CASE WHEN c.listings < 10000 THEN c.listings ELSE greatest(c.listings, e.listings) END,
        CASE WHEN c.listings < 10000 THEN c.products ELSE greatest(c.products, e.products) END,
        (SELECT count(*) FROM deal WHERE closed_at IS NULL AND NOT is_out_of_stock)
      FROM counted c CROSS JOIN estimated e
      """)
    return try rows.first?.decode((Int64, Int64, Int64).self) ?? (0, 0, 0)
  }

  /// Workers that gave a sign of life within the last minutes, with their leases. Index: check_schedule_leased.
  package func workers(now: Moment) async throws -> [(id: String, seenAt: Moment, leased: Int64)] {
    let rows = try await pool.read(
      """
      SELECT w.id, w.seen_at, count(c.listing_id)
      FROM worker w
      LEFT JOIN check_schedule c ON c.lease_owner IS NOT NULL AND c.lease_owner = w.id AND c.due_at > $1
      GROUP BY w.id ORDER BY w.id LIMIT 1000
      """, [now.timestamp], from: .primary)
    return try rows.decode((String, Timestamp, Int64).self).map { ($0.0, Moment($0.1), $0.2) }
  }

  /// The hosts that are asked, by name; one if `name` is given.
  package func sources(_ name: String? = nil, now: Moment) async throws -> [SourceFigures] {
    let rows = try await pool.read(
      """
      SELECT s.name, s.rate_millihertz, s.concurrency, s.daily_budget,
        CASE WHEN s.used_on = ($2::timestamptz AT TIME ZONE 'UTC')::date THEN s.used ELSE 0 END,
        s.is_paused, CASE WHEN s.blocked_until > $2 THEN s.blocked_until END,
        coalesce(h.succeeded, 0), coalesce(h.failed, 0), s.last_error
      FROM source s
      LEFT JOIN LATERAL (
        SELECT sum(succeeded)::bigint AS succeeded, sum(failed)::bigint AS failed FROM source_hour
        WHERE source = s.name AND hour > $2::timestamptz - interval '24 hours') AS h ON true
      WHERE $1::text IS NULL OR s.name = $1
      ORDER BY s.name LIMIT 10000
      """, [name, now.timestamp], from: .primary)
    return try rows.map { row in
      let (name, rate, concurrency, daily, used, isPaused, blocked, succeeded, failed, error) =
        try row.decode(
          (String, Int32, Int32, Int32, Int32, Bool, Timestamp?, Int64, Int64, String).self)
      return SourceFigures(
        name: name, rateMillihertz: rate, concurrency: concurrency, dailyBudget: daily, usedToday: used,
        isPaused: isPaused, blockedUntil: blocked.map { Moment($0) }, succeeded: succeeded, failed: failed,
        lastError: error)
    }
  }

  /// - Returns: whether there is such a source.
  package func update(
    _ name: String, rateMillihertz: Int32, concurrency: Int32, dailyBudget: Int32, isPaused: Bool
  ) async throws -> Bool {
    let count = try await pool.execute(
      """
      UPDATE source SET rate_millihertz = $2, concurrency = $3, daily_budget = $4, is_paused = $5,
        next_at = least(next_at, now())
      WHERE name = $1
      """, [name, rateMillihertz, concurrency, dailyBudget, isPaused])
    try await pool.notify(ScheduleStore.channel)
    return count > 0
  }
}
