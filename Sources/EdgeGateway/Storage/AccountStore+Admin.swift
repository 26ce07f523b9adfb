internal import PostgresClient

/// What admins do with accounts.
extension AccountStore {
  /// Accounts before the one with this id, newest first.
  func list(before: Int64?, limit: Int) async throws -> [AccountRecord] {
    try await pool.read(
      "SELECT \(AccountRecord.columns) FROM account WHERE id < $1 ORDER BY id DESC LIMIT $2",
      [before ?? .max, limit], from: .primary
    ).map { row in try AccountRecord(row) }
  }

  /// Accounts whose address begins with this, by address, after the one with the address `after`.
  func search(_ prefix: String, after: String?, limit: Int) async throws -> [AccountRecord] {
    let key = prefix.lowercased()
    // Index account_email_prefix. Addresses are ASCII: nothing that begins so is behind DEL.
    return try await pool.read(
      """
      SELECT \(AccountRecord.columns) FROM account
      WHERE email_key ~>=~ $1 AND email_key ~<~ $2 AND email_key ~>~ $3 ORDER BY email_key USING ~<~ LIMIT $4
      """, [key, key + "\u{7f}", after ?? "", limit], from: .primary
    ).map { row in try AccountRecord(row) }
  }

  enum Change: Sendable {
    case changed(AccountRecord)
    case unknown
    /// Nobody would be left to administrate.
    case lastAdmin
  }

  /// Changes role or standing. One who is disabled is signed out.
  func change(_ id: Int64, role: Role?, isDisabled: Bool?) async throws -> Change {
    try await pool.withTransaction { transaction in
      if (role ?? .admin) != .admin || isDisabled == true {
        let isReplaceable = try await hasOtherAdmin(than: id, in: transaction)
        if !isReplaceable, try await isAdmin(id, in: transaction) { return .lastAdmin }
      }
      let row = try await transaction.query(
        """
        UPDATE account SET role = coalesce($2, role),
          disabled_at = CASE WHEN $3 THEN coalesce(disabled_at, now()) WHEN NOT $3 THEN NULL ELSE disabled_at END
        WHERE id = $1 RETURNING \(AccountRecord.columns)
        """, [id, role?.rawValue, isDisabled]
      ).first
      guard let row else { return .unknown }
      if isDisabled == true {
        try await transaction.execute("DELETE FROM session WHERE account_id = $1", [id])
        try await transaction.execute("DELETE FROM account_token WHERE account_id = $1", [id])
      }
      return .changed(try AccountRecord(row))
    }
  }

  func isAdmin(_ id: Int64, in transaction: PostgresTransaction) async throws -> Bool {
    try await transaction.query("SELECT role = 3 FROM account WHERE id = $1", [id]).scalar(Bool.self) ?? false
  }

  /// What became of the wish for an admin.
  package enum AdminCreation: Sendable, Equatable {
    case created
    /// The address had an account, which is an admin's now, with the new password.
    case promoted
    /// There is an admin already.
    case refused
  }

  /// Makes an account an admin's, by somebody with access to the database, and writes it down.
  ///
  /// - Parameter isForced: also when there is an admin already.
  package func createAdmin(
    _ address: EmailAddress, passwordHash: String, isForced: Bool
  ) async throws -> AdminCreation {
    try await pool.withTransaction { transaction in
      // Two first admins at once are one too many.
      try await transaction.advisoryLock(0x6564_6765)
      if !isForced, try await hasOtherAdmin(than: 0, in: transaction) { return .refused }
      try await transaction.execute(
        """
        INSERT INTO audit_log (credential, operation, arguments, client_address, request_id, status)
        VALUES ('command line', 'createAdmin', ARRAY[$1]::text[], '', '', 200)
        """, [address.text])
      let known = try await transaction.query(
        """
        UPDATE account SET role = 3, password_hash = $2, verified_at = coalesce(verified_at, now()), disabled_at = NULL
        WHERE email_key = $1 RETURNING id
        """, [address.key, passwordHash]
      ).scalar(Int64.self)
      if let known {
        try await transaction.execute("DELETE FROM session WHERE account_id = $1", [known])
        try await transaction.execute("DELETE FROM account_token WHERE account_id = $1", [known])
        return .promoted
      }
      try await transaction.execute(
        """
        INSERT INTO account (email, email_key, password_hash, role, verified_at) VALUES ($1, $2, $3, 3, now())
        """, [address.text, address.key, passwordHash])
      return .created
    }
  }
}
