internal import PostgresClient

/// Whose a session's token or an API key is, as the database knows.
struct CredentialStore: CredentialDirectory {
  let pool: PostgresPool
  let lifetimes: SessionLifetimes

  func session(_ hash: [UInt8]) async throws -> FoundSession? {
    // Unique indexes on both hashes.
    let rows = try await pool.read(
      """
      SELECT s.id, s.account_id, a.role, s.token_hash = $1, s.rotated_at < now() - $3 * interval '1 second',
        s.last_used_at < now() - interval '1 minute'
      FROM session s JOIN account a ON a.id = s.account_id
      WHERE (s.token_hash = $1 OR (s.previous_hash = $1 AND s.previous_until > now()))
        AND s.expires_at > now() AND s.last_used_at > now() - $2 * interval '1 second' AND a.disabled_at IS NULL
      """, [hash, lifetimes.idle.secondsValue, lifetimes.rotation.secondsValue], from: .primary)
    guard let row = rows.first else { return nil }
    let (id, account, role, isCurrent, isOld, isUnmarked) = try row.decode(
      (Int64, Int64, Int16, Bool, Bool, Bool).self)
    if isUnmarked {
      try await pool.execute(
        "UPDATE session SET last_used_at = now() WHERE id = $1 AND last_used_at < now() - interval '1 minute'", [id])
    }
    let principal = Principal(account: account, role: Role(rawValue: role) ?? .user, session: id)
    return FoundSession(principal: principal, isDueForRotation: isCurrent && isOld)
  }

  func key(_ hash: [UInt8]) async throws -> Principal? {
    let rows = try await pool.read(
      """
      SELECT k.id, k.account_id, a.role, k.scopes, k.tier,
        k.last_used_at IS NULL OR k.last_used_at < now() - interval '1 minute'
      FROM api_key k JOIN account a ON a.id = k.account_id
      WHERE k.hash = $1 AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > now())
        AND a.disabled_at IS NULL
      """, [hash], from: .primary)
    guard let row = rows.first else { return nil }
    let (id, account, role, scopes, tier, isUnmarked) = try row.decode(
      (Int64, Int64, Int16, [String], Int16, Bool).self)
    if isUnmarked { try await pool.execute("UPDATE api_key SET last_used_at = now() WHERE id = $1", [id]) }
    return Principal(
      account: account, role: Role(rawValue: role) ?? .user, key: id, RateTier(keyTier: tier) ?? .free,
      scopes: Set(scopes.compactMap { Scope(rawValue: $0) }))
  }
}

extension RateTier {
  /// KeyTier of the contract.
  init?(keyTier: Int16) {
    switch keyTier {
    case 1: self = .free
    case 2: self = .pro
    case 3: self = .partner
    default: return nil
    }
  }
}
