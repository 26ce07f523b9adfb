package import PostgresClient

/// A look at a listing that was made.
package struct RunRecord: Sendable {
  package var id: Int64
  package var job: String
  package var listingID: Int64
  package var source: String
  package var worker: String
  package var startedAt: Moment
  /// In microseconds.
  package var duration: Int64
  package var outcome: Int16
  package var detail: String
}

/// Reads the log of runs.
package struct RunReader: Sendable {
  private let pool: PostgresPool

  package init(pool: PostgresPool) {
    self.pool = pool
  }

  /// Newest first, behind a place. Index: run's primary key, or run_listing.
  /// - Parameters:
  ///   - job: nil: of all.
  ///   - before: time and id of the run before; nil: from the newest.
  package func list(
    job: String?, listing: Int64?, outcome: Int16?, before: (at: Moment, id: Int64)?, limit: Int
  ) async throws -> [RunRecord] {
    var values: [any PostgresEncodable] = [before?.at.timestamp ?? .infinity, before?.id ?? Int64.max]
    var conditions = ["(started_at, id) < ($1::timestamptz, $2::bigint)"]
    // Only what is asked for, so that the plan walks the index that has it.
    func add(_ column: String, _ value: any PostgresEncodable) {
      values.append(value)
      conditions.append("\(column) = $\(values.count)")
    }
    if let job { add("job", job) }
    if let listing { add("listing_id", listing) }
    if let outcome { add("outcome", outcome) }
    let rows = try await pool.read(
      """
      SELECT id, job, listing_id, source, worker, started_at, duration_us, outcome, detail
      FROM run WHERE \(conditions.joined(separator: " AND "))
      ORDER BY started_at DESC, id DESC LIMIT \(limit)
      """, values, from: .primary)
    return try rows.map { row in
      let (id, job, listing, source, worker, at, duration, outcome, detail) =
        try row.decode((Int64, String, Int64, String, String, Timestamp, Int64, Int16, String).self)
      return RunRecord(
        id: id, job: job, listingID: listing, source: source, worker: worker, startedAt: Moment(at),
        duration: duration, outcome: outcome, detail: detail)
    }
  }
}
