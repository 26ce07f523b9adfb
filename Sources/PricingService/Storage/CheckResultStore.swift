internal import PostgresClient

/// Keeps what came of checks: observations, the next times, the log of runs and the sources' figures, in one
/// transaction.
package struct CheckResultStore: Sendable {
  private let database: PricingDatabase
  private let observations: ObservationStore

  package init(_ database: PricingDatabase) {
    self.database = database
    observations = ObservationStore(database)
  }

  /// - Parameters:
  ///   - worker: a lease that another one has meanwhile stays as it is; what was seen is kept anyway.
  ///   - jitter: gives numbers from 0 to 1.
  /// - Throws: `PostgresError`.
  package func keep(
    _ results: [CheckResult], worker: String, now: Moment, jitter: () -> Double = { Double.random(in: 0..<1) }
  ) async throws {
    guard !results.isEmpty else { return }
    let seen = results.indices.compactMap { index in Self.arrival(results[index]).map { (index, $0) } }
    let arrivals = seen.map(\.1)
    try await database.partitions.ensure(Set(arrivals.compactMap { $0.observedAt.map { CalendarMonth($0) } }))
    let jitters = results.map { _ in jitter() }
    try await database.pool.withTransaction(retries: .serializationFailures) { transaction in
      let recorded = try await observations.record(arrivals, source: "check", now: now, in: transaction)
      var results = results
      for rejected in recorded.rejections where rejected.reason.reason != .conflict {
        // The source answered, but what it said cannot be kept.
        results[seen[rejected.place].0].outcome = .unreadable
        results[seen[rejected.place].0].detail = rejected.reason.message
      }
      try await reschedule(results, recorded, jitters, worker: worker, now: now, transaction)
      try await log(results, worker: worker, transaction)
      try await count(results, now: now, transaction)
    }
  }

  private static func arrival(_ result: CheckResult) -> Arrival? {
    let target = Arrival.Target.id(result.claim.listing.listingID)
    if result.outcome == .gone { return Arrival(target: target, observedAt: result.startedAt) }
    guard let seen = result.observation else { return nil }
    return Arrival(
      target: target, observedAt: result.startedAt,
      price: seen.price.map { .init(minorUnits: $0, currency: seen.currency) },
      listPrice: seen.listPrice.map { .init(minorUnits: $0, currency: seen.currency) },
      availability: seen.availability,
      seller: String(String.UnicodeScalarView(seen.seller.unicodeScalars.prefix(Arrival.maximumSeller))))
  }

  private func reschedule(
    _ results: [CheckResult], _ recorded: RecordResult, _ jitters: [Double], worker: String, now: Moment,
    _ transaction: PostgresTransaction
  ) async throws {
    let next = zip(results, jitters).map { result, jitter in
      CheckInterval.next(
        Self.kind(of: result, recorded), result.claim.priority, unchanged: result.claim.unchanged,
        failures: result.claim.failures, now: now, jitter: jitter,
        notBefore: result.retryAfter.map { now + $0 }, intervals: database.intervals)
    }
    try await transaction.execute(
      """
      UPDATE check_schedule c
      SET due_at = k.due_at, was_due_at = k.due_at, lease_owner = NULL, unchanged = k.unchanged, failures = k.failures,
        checked_at = $8, etag = coalesce(k.etag, c.etag), last_modified = coalesce(k.last_modified, c.last_modified)
      FROM unnest($1::bigint[], $2::timestamptz[], $3::smallint[], $4::smallint[], $5::text[], $6::text[])
        AS k (listing_id, due_at, unchanged, failures, etag, last_modified)
      WHERE c.listing_id = k.listing_id AND c.lease_owner = $7
      """,
      [
        results.map(\.claim.listing.listingID), next.map(\.due.timestamp), next.map(\.unchanged), next.map(\.failures),
        results.map { result in result.validators.map { $0.etag ?? "" } },
        results.map { result in result.validators.map { $0.lastModified ?? "" } }, worker, now.timestamp,
      ])
  }

  private static func kind(of result: CheckResult, _ recorded: RecordResult) -> CheckInterval.Result {
    let listing = recorded.listings[result.claim.listing.listingID]
    switch result.outcome {
    case .succeeded:
      guard let listing else { return .failed }
      return listing.hasUnconfirmed ? .unconfirmed : listing.hasChanged ? .changed : .unchanged
    case .notModified: return .unchanged
    case .gone: return .gone
    case .unreachable, .refused, .unreadable, .forbiddenAddress: return .failed
    }
  }

  private func log(_ results: [CheckResult], worker: String, _ transaction: PostgresTransaction) async throws {
    try await transaction.execute(
      """
      INSERT INTO run (job, listing_id, source, worker, started_at, duration_us, outcome, detail)
      SELECT k.job, k.listing_id, k.source, $8, k.started_at, k.duration_us, k.outcome, k.detail
      FROM unnest(
        $1::text[], $2::bigint[], $3::text[], $4::timestamptz[], $5::bigint[], $6::smallint[], $7::text[])
        AS k (job, listing_id, source, started_at, duration_us, outcome, detail)
      """,
      [
        results.map(\.claim.job), results.map(\.claim.listing.listingID), results.map(\.claim.source),
        results.map(\.startedAt.timestamp), results.map(\.duration), results.map(\.outcome.rawValue),
        results.map(\.detail), worker,
      ])
  }

  private func count(_ results: [CheckResult], now: Moment, _ transaction: PostgresTransaction) async throws {
    var figures: [String: (succeeded: Int64, failed: Int64, blocked: Int64?, error: String?)] = [:]
    for result in results {
      var figure = figures[result.claim.source] ?? (0, 0, nil, nil)
      if result.outcome.isSuccess {
        figure.succeeded += 1
      } else {
        figure.failed += 1
        figure.error = result.detail
      }
      if let pause = result.retryAfter { figure.blocked = max(figure.blocked ?? 0, pause) }
      figures[result.claim.source] = figure
    }
    // In one order, so that workers do not deadlock.
    let names = figures.keys.sorted()
    let values = names.compactMap { figures[$0] }
    try await transaction.execute(
      """
      INSERT INTO source_hour (source, hour, succeeded, failed)
      SELECT k.source, date_trunc('hour', $4::timestamptz, 'UTC'), k.succeeded, k.failed
      FROM unnest($1::text[], $2::bigint[], $3::bigint[]) AS k (source, succeeded, failed)
      ON CONFLICT (source, hour) DO UPDATE
      SET succeeded = source_hour.succeeded + EXCLUDED.succeeded, failed = source_hour.failed + EXCLUDED.failed
      """, [names, values.map(\.succeeded), values.map(\.failed), now.timestamp])
    let noted = zip(names, values).filter { $0.1.error != nil || $0.1.blocked != nil }
    guard !noted.isEmpty else { return }
    try await transaction.execute(
      """
      UPDATE source s
      SET last_error = coalesce(k.last_error, s.last_error), blocked_until = greatest(s.blocked_until, k.blocked_until)
      FROM (
        SELECT * FROM unnest($1::text[], $2::text[], $3::timestamptz[]) AS k (name, last_error, blocked_until)
        ORDER BY name) AS k
      WHERE s.name = k.name
      """,
      [noted.map(\.0), noted.map(\.1.error), noted.map { $0.1.blocked.map { (now + $0).timestamp } }])
  }
}
