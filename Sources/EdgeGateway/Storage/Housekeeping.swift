internal import PostgresClient

/// Removes what has expired, a little at a time.
struct Housekeeping: Sendable {
  let pool: PostgresPool
  let lifetimes: SessionLifetimes

  private static let batch = 5000

  /// - Returns: rows removed.
  @discardableResult
  func run() async throws -> Int {
    var total = 0
    // Indexes session_expiry, session_idle, account_token_expiry, lockout_age, api_key_revoked, account_unverified.
    total += try await drain("session", "expires_at < now() - $1 * interval '1 second'", .zero)
    total += try await drain("session", "last_used_at < now() - $1 * interval '1 second'", lifetimes.idle)
    total += try await drain("account_token", "expires_at < now() - $1 * interval '1 second'", .seconds(3600))
    let memory = max(LockoutSchedule.account.memory, LockoutSchedule.client.memory)
    total += try await drain("lockout", "failed_at < now() - $1 * interval '1 second'", memory)
    // A revoked key stays to be seen for a while, and an address that was never verified to be verified.
    total += try await drain("api_key", "revoked_at < now() - $1 * interval '1 second'", .seconds(90 * 86_400))
    total += try await drain(
      "account", "verified_at IS NULL AND created_at < now() - $1 * interval '1 second'", .seconds(30 * 86_400))
    return total
  }

  private func drain(_ table: String, _ condition: String, _ age: Duration) async throws -> Int {
    var total = 0
    while true {
      // By place, so that no plan comes to join with the whole table.
      let count = try await pool.execute(
        "DELETE FROM \(table) WHERE ctid = ANY (ARRAY (SELECT ctid FROM \(table) WHERE \(condition) LIMIT $2))",
        [age.secondsValue, Self.batch])
      total += count
      if count < Self.batch { return total }
      try Task.checkCancellation()
    }
  }
}
