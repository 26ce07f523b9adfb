package import PostgresClient

/// A check that a worker has taken on.
package struct Claim: Sendable {
  package var listing: SourceListing
  /// "page" or "feed".
  package var kind: String
  package var job: String
  /// The host.
  package var source: String
  package var priority: PriorityClass
  package var unchanged: Int16
  package var failures: Int16
  /// When it was due.
  package var dueAt: Moment
}

/// The schedule of checks, shared by all workers.
package struct ScheduleStore: Sendable {
  let pool: PostgresPool
  private let intervals: CheckIntervals

  /// Wakes workers when something became due or a job was paused or resumed.
  package static let channel = "pricing.schedule"

  package init(pool: PostgresPool, intervals: CheckIntervals = .standard) {
    self.pool = pool
    self.intervals = intervals
  }

  /// How many sources one claim locks at most.
  private static let maximumSources: Int64 = 64

  /// Takes due checks, as far as jobs run and sources allow: of each source the ones first that will be overdue first,
  /// so that hot ones come soon and cold ones come in the end.
  ///
  /// A source's row is locked meanwhile, so that workers share its rate, concurrency and budget; sources that another
  /// worker has locked are left to it.
  /// - Parameters:
  ///   - worker: who holds the leases.
  ///   - jobs: kinds of work that the worker can do.
  ///   - lease: after this time without a result the checks are due again, in milliseconds.
  /// - Throws: `PostgresError`.
  package func claim(
    _ limit: Int, worker: String, jobs: [JobName] = [.priceCheck, .productFetch], lease: Int64, now: Moment
  ) async throws -> [Claim] {
    let jobs = jobs.map(\.rawValue)
    guard limit > 0, !jobs.isEmpty else { return [] }
    return try await pool.withTransaction { transaction in
      let budgets = try await lockSources(jobs, now: now, transaction)
      var grants: [(source: String, count: Int)] = []
      var rest = limit
      for (source, budget) in budgets where rest > 0 {
        let count = budget.allowance(now: now.milliseconds * 1000, limit: rest)
        guard count > 0 else { continue }
        grants.append((source, count))
        rest -= count
      }
      guard !grants.isEmpty else { return [] }
      let claims = try await take(grants, jobs, worker: worker, until: now + lease, now: now, transaction)
      try await charge(claims, budgets, now: now, transaction)
      return claims
    }
  }

  /// The sources that may be asked now and have something due; those that are used up must not stand before others.
  /// Index: check_schedule_due, a probe for each job and
  /// class.
  private func lockSources(
    _ jobs: [String], now: Moment, _ transaction: PostgresTransaction
  ) async throws -> [(String, SourceBudget)] {
    let rows = try await transaction.query(
      """
      SELECT s.name, s.rate_millihertz, s.concurrency, s.daily_budget,
        CASE WHEN s.used_on = ($1::timestamptz AT TIME ZONE 'UTC')::date THEN s.used ELSE 0 END, s.next_at,
        (SELECT count(*) FROM check_schedule c
         WHERE c.source = s.name AND c.lease_owner IS NOT NULL AND c.due_at > $1)
      FROM source s
      WHERE NOT s.is_paused AND (s.blocked_until IS NULL OR s.blocked_until <= $1) AND s.next_at <= $1
        AND s.rate_millihertz > 0
        AND (s.daily_budget = 0 OR s.used_on <> ($1::timestamptz AT TIME ZONE 'UTC')::date OR s.used < s.daily_budget)
        AND s.concurrency > (
          SELECT count(*) FROM check_schedule c
          WHERE c.source = s.name AND c.lease_owner IS NOT NULL AND c.due_at > $1)
        AND EXISTS (
          SELECT FROM job j CROSS JOIN (VALUES (1::smallint), (2::smallint), (3::smallint)) AS p (priority)
          CROSS JOIN LATERAL (
            SELECT FROM check_schedule c
            WHERE c.source = s.name AND c.job = j.name AND c.priority = p.priority AND c.due_at <= $1
            LIMIT 1) AS due
          WHERE j.paused_at IS NULL AND j.name = ANY($3))
      ORDER BY s.next_at LIMIT $2
      FOR NO KEY UPDATE OF s SKIP LOCKED
      """, [now.timestamp, Self.maximumSources, jobs])
    return try rows.map { row in
      let (name, rate, concurrency, daily, used, nextAt, leased) =
        try row.decode((String, Int32, Int32, Int32, Int32, Timestamp, Int64).self)
      // "-infinity" before the first request.
      let next = nextAt.isFinite ? nextAt.microseconds : 0
      return (
        name,
        SourceBudget(
          rateMillihertz: Int(rate), concurrency: Int(concurrency), dailyBudget: Int(daily), nextAt: next,
          usedToday: Int(used), leased: Int(leased))
      )
    }
  }

  private func take(
    _ grants: [(source: String, count: Int)], _ jobs: [String], worker: String, until: Moment, now: Moment,
    _ transaction: PostgresTransaction
  ) async throws -> [Claim] {
    let rows = try await transaction.query(
      """
      WITH picked AS (
        SELECT due.listing_id
        FROM unnest($1::text[], $2::integer[]) AS g (source, count)
        CROSS JOIN LATERAL (
          SELECT d.listing_id
          FROM job j
          CROSS JOIN (VALUES (1::smallint, $7::bigint), (2, $8), (3, $9)) AS p (priority, span)
          CROSS JOIN LATERAL (
            SELECT c.listing_id, c.due_at FROM check_schedule c
            WHERE c.source = g.source AND c.job = j.name AND c.priority = p.priority AND c.due_at <= $3
            ORDER BY c.due_at LIMIT g.count) AS d
          WHERE j.paused_at IS NULL AND j.name = ANY($6)
          ORDER BY d.due_at + p.span * interval '1 millisecond' LIMIT g.count) AS due
      )
      UPDATE check_schedule c
      SET lease_owner = $4, due_at = $5,
        was_due_at = CASE WHEN c.lease_owner IS NULL THEN c.due_at ELSE c.was_due_at END
      FROM picked p JOIN listing l ON l.id = p.listing_id
      WHERE c.listing_id = p.listing_id AND c.due_at <= $3
      RETURNING c.listing_id, c.job, c.source, c.priority, c.unchanged, c.failures, c.etag, c.last_modified,
        c.was_due_at, l.shop, l.external_id, l.url, l.currency, l.locale, l.source
      """,
      [grants.map(\.source), grants.map { Int32($0.count) }, now.timestamp, worker, until.timestamp, jobs]
        + intervals.all)
    return try rows.map { try Self.claim($0) }
  }

  private static func claim(_ row: PostgresRow) throws -> Claim {
    let (id, job, source, priority, unchanged, failures, etag, lastModified, due, shop, externalID, url) =
      try row.decode(
        (Int64, String, String, Int16, Int16, Int16, String, String, Timestamp, String, String, String).self)
    let validators = Validators(
      etag: etag.isEmpty ? nil : etag, lastModified: lastModified.isEmpty ? nil : lastModified)
    let listing = SourceListing(
      listingID: id, shop: shop, externalID: externalID, url: url, currency: try row.column(12),
      locale: try row.column(13), validators: etag.isEmpty && lastModified.isEmpty ? nil : validators)
    return Claim(
      listing: listing, kind: try row.column(14), job: job, source: source,
      priority: PriorityClass(rawValue: priority) ?? .normal, unchanged: unchanged, failures: failures,
      dueAt: Moment(due))
  }

  private func charge(
    _ claims: [Claim], _ budgets: [(String, SourceBudget)], now: Moment, _ transaction: PostgresTransaction
  ) async throws {
    guard !claims.isEmpty else { return }
    var counts: [String: Int] = [:]
    for claim in claims { counts[claim.source, default: 0] += 1 }
    let charged = budgets.compactMap { name, budget -> (String, SourceBudget)? in
      guard let count = counts[name] else { return nil }
      var budget = budget
      budget.take(count, now: now.milliseconds * 1000)
      return (name, budget)
    }
    try await transaction.execute(
      """
      UPDATE source s
      SET next_at = k.next_at, used = k.used, used_on = ($4::timestamptz AT TIME ZONE 'UTC')::date
      FROM unnest($1::text[], $2::timestamptz[], $3::integer[]) AS k (name, next_at, used)
      WHERE s.name = k.name
      """,
      [
        charged.map(\.0), charged.map { Timestamp(microseconds: $0.1.nextAt) }, charged.map { Int32($0.1.usedToday) },
        now.timestamp,
      ])
  }

  /// Makes a listing due at once.
  /// - Returns: when it was due before; nil if it is not on the schedule.
  package func checkNow(_ listing: Int64, now: Moment) async throws -> Moment? {
    let rows = try await pool.query(
      """
      WITH before AS (SELECT due_at FROM check_schedule WHERE listing_id = $1 FOR NO KEY UPDATE)
      UPDATE check_schedule c
      SET due_at = CASE WHEN c.lease_owner IS NULL OR c.due_at <= $2 THEN least(c.due_at, $2) ELSE c.due_at END
      FROM before b WHERE c.listing_id = $1
      RETURNING b.due_at
      """, [listing, now.timestamp])
    guard let due = try rows.scalar(Timestamp.self) else { return nil }
    try await pool.notify(Self.channel)
    return Moment(due)
  }

  /// Gives back what a worker has not begun.
  package func release(_ listings: [Int64], worker: String) async throws {
    guard !listings.isEmpty else { return }
    try await pool.execute(
      """
      UPDATE check_schedule SET due_at = was_due_at, lease_owner = NULL
      WHERE listing_id = ANY($1) AND lease_owner = $2
      """, [listings, worker])
  }

  /// A worker's sign of life.
  package func beat(_ worker: String, now: Moment) async throws {
    try await pool.execute(
      "INSERT INTO worker (id, seen_at) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET seen_at = EXCLUDED.seen_at",
      [worker, now.timestamp])
  }

  /// Forgets a worker that ends.
  package func leave(_ worker: String) async throws {
    try await pool.execute("DELETE FROM worker WHERE id = $1", [worker])
  }
}
