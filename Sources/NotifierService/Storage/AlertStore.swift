internal import PostgresClient

/// Alerts as subscribers make, change and read them.
struct AlertStore: Sendable {
  let pool: PostgresPool

  /// Adds an alert if its subscriber has fewer than `limit`.
  /// - Returns: nil when there are that many.
  func create(_ alert: Alert, limit: Int) async throws -> Alert? {
    try await pool.withTransaction { transaction in
      // One subscriber's requests one after the other, so that the count holds.
      try await transaction.query("SELECT pg_advisory_xact_lock(hashtextextended($1, 1))", [alert.subscriber])
      // Index alert_subscriber.
      let count = try await transaction.query(
        "SELECT count(*) FROM (SELECT FROM alert WHERE subscriber = $1 LIMIT $2) AS a", [alert.subscriber, limit]
      ).scalar(Int.self)
      guard (count ?? 0) < limit else { return nil }
      let rows = try await transaction.query(
        """
        INSERT INTO alert (
          subscriber, product_id, listing_id, rule, amount, currency, basis_points, from_last_notified, days, category,
          genuine_only, channel_ids, rearm, rearm_seconds, expires_at, quiet_start, quiet_end, quiet_zone, daily_digest,
          paused, label, created_at, base_price, base_currency, memory)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23,
          $24, $25)
        RETURNING \(AlertRow.columns)
        """, insertValues(alert))
      return try rows.first.map { row in try AlertRow.alert(row) }
    }
  }

  private func insertValues(_ alert: Alert) -> [any PostgresEncodable] {
    var product: Int64?
    var listing: Int64?
    switch alert.subject {
    case .product(let id): product = id
    case .listing(let id): listing = id
    case .category: break
    }
    let subject: [any PostgresEncodable] = [alert.subscriber, product, listing]
    let state: [any PostgresEncodable] = [
      Timestamp(alert.createdAt), alert.state.basePrice?.minorUnits, alert.state.basePrice?.currency,
      AlertMemory.encode(alert.state.listings),
    ]
    return subject + AlertColumns(alert.rule).values + optionValues(alert) + state
  }

  private func optionValues(_ alert: Alert) -> [any PostgresEncodable] {
    let rearm = alert.rearm.columns
    return [
      alert.channels, rearm.mode, rearm.seconds, Timestamp(alert.expiresAt),
      alert.quietHours.map { Int16(clamping: $0.start) }, alert.quietHours.map { Int16(clamping: $0.end) },
      alert.quietHours?.zone, alert.isDigest, alert.isPaused, alert.label,
    ]
  }

  /// Changes an alert under its lock: `change` gets it as it is and returns it as it shall be.
  ///
  /// - Returns: nil when the subscriber has no such alert.
  func update(
    _ id: Int64, of subscriber: String, _ change: @Sendable (Alert) throws -> Alert
  ) async throws -> Alert? {
    try await pool.withTransaction { transaction in
      let rows = try await transaction.query(
        "SELECT \(AlertRow.columns) FROM alert WHERE id = $1 AND subscriber = $2 FOR UPDATE", [id, subscriber])
      guard let row = rows.first else { return nil }
      let alert = try change(try AlertRow.alert(row))
      let state: [any PostgresEncodable] = [
        alert.state.endedAt.map { Timestamp($0) }, AlertMemory.encode(alert.state.listings), id,
      ]
      try await transaction.execute(
        """
        UPDATE alert SET (rule, amount, currency, basis_points, from_last_notified, days, category, genuine_only,
          channel_ids, rearm, rearm_seconds, expires_at, quiet_start, quiet_end, quiet_zone, daily_digest, paused, label,
          ended_at, memory)
        = ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)
        WHERE id = $21
        """, AlertColumns(alert.rule).values + optionValues(alert) + state)
      return alert
    }
  }

  /// Removes an alert; what it has not sent yet is dropped.
  func delete(_ id: Int64, of subscriber: String) async throws {
    try await pool.withTransaction { transaction in
      guard
        try await transaction.execute("DELETE FROM alert WHERE id = $1 AND subscriber = $2", [id, subscriber]) > 0
      else { return }
      // Index delivery_alert.
      try await transaction.execute(
        "UPDATE delivery SET state = 4, last_error = 'the alert was deleted' WHERE alert_id = $1 AND state = 1", [id])
    }
  }

  /// A subscriber's alerts, newest first, before the one with the id `before`.
  func list(of subscriber: String, before: Int64?, limit: Int) async throws -> [Alert] {
    // Index alert_subscriber, backwards.
    let rows = try await pool.read(
      """
      SELECT \(AlertRow.columns) FROM alert WHERE subscriber = $1 AND id < $2 ORDER BY id DESC LIMIT $3
      """, [subscriber, before ?? .max, limit], from: .primary)
    return try rows.map { row in try AlertRow.alert(row) }
  }
}
