internal import PostgresClient

/// Removes what nobody needs any more, a little at a time.
struct Upkeep: Sendable {
  let pool: PostgresPool
  /// How long deliveries that are done are kept.
  let retention: Duration

  private static let batch = 5000

  /// - Returns: rows removed or ended.
  @discardableResult
  func run() async throws -> Int {
    let days = retention.secondsValue
    var total = 0
    // Indexes delivery_sent, delivery_dropped, alert_expiry, told_deal_age, pace_age, channel_unverified. By place, so that
    // no plan comes to join with the whole table.
    total += try await drain(
      """
      DELETE FROM delivery WHERE ctid = ANY (ARRAY (
        SELECT ctid FROM delivery WHERE state = 2 AND sent_at < now() - $1 * interval '1 second' LIMIT $2))
      """, days)
    total += try await drain(
      """
      DELETE FROM delivery WHERE ctid = ANY (ARRAY (
        SELECT ctid FROM delivery WHERE state = 4 AND created_at < now() - $1 * interval '1 second' LIMIT $2))
      """, days)
    total += try await drain(
      """
      UPDATE alert SET ended_at = expires_at WHERE ctid = ANY (ARRAY (
        SELECT ctid FROM alert WHERE ended_at IS NULL AND expires_at < now() - $1 * interval '1 second' LIMIT $2))
      """, Duration.days(1).secondsValue)
    total += try await drain(
      """
      DELETE FROM told_deal WHERE ctid = ANY (ARRAY (
        SELECT ctid FROM told_deal WHERE told_at < now() - $1 * interval '1 second' LIMIT $2))
      """, max(days, Duration.days(120).secondsValue))
    total += try await drain(
      """
      DELETE FROM pace WHERE ctid = ANY (ARRAY (
        SELECT ctid FROM pace WHERE address <> '' AND greatest(next_slot, blocked_until) < now() - $1 * interval '1 second'
        LIMIT $2))
      """, Duration.days(1).secondsValue)
    total += try await drain(
      """
      DELETE FROM channel WHERE ctid = ANY (ARRAY (
        SELECT ctid FROM channel WHERE verified_at IS NULL AND code_expires_at < now() - $1 * interval '1 second'
        LIMIT $2))
      """, Duration.days(7).secondsValue)
    return total
  }

  private func drain(_ sql: String, _ seconds: Double) async throws -> Int {
    var total = 0
    while true {
      let count = try await pool.execute(sql, [seconds, Self.batch])
      total += count
      if count < Self.batch { return total }
      try Task.checkCancellation()
    }
  }
}
