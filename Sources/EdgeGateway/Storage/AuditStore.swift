internal import PostgresClient

/// Where acts are written down.
protocol AuditLog: Sendable {
  /// Writes down what is about to be done.
  /// - Returns: the entry's id.
  func begin(_ act: AuditAct) async throws -> Int64
  /// Adds what became of it.
  func end(_ id: Int64, status: Int, detail: String) async throws
}

/// Who does what.
struct AuditAct: Sendable, Equatable {
  /// Nil for tokens of the configuration.
  var account: Int64?
  var credential: String
  var operation: String
  var arguments: [String]
  var clientAddress: String
  var requestID: String
}

/// The audit log in the database.
struct AuditStore: AuditLog {
  let pool: PostgresPool

  func begin(_ act: AuditAct) async throws -> Int64 {
    let id = try await pool.query(
      """
      INSERT INTO audit_log (account_id, credential, operation, arguments, client_address, request_id)
      VALUES ($1, $2, $3, $4, $5, $6) RETURNING id
      """, [act.account, act.credential, act.operation, act.arguments, act.clientAddress, act.requestID]
    ).scalar(Int64.self)
    guard let id else { throw PostgresError(.decoding, "an insertion returned no id") }
    return id
  }

  func end(_ id: Int64, status: Int, detail: String) async throws {
    try await pool.execute(
      "UPDATE audit_log SET status = $2, detail = $3 WHERE id = $1", [id, Int16(clamping: status), detail])
  }

  /// Which entries are wanted.
  struct Filter: Sendable {
    var account: Int64?
    var operation: String?
    var before: Int64?
  }

  /// Newest first.
  func list(_ filter: Filter, limit: Int) async throws -> [AuditRecord] {
    var values: [any PostgresEncodable] = [filter.before ?? .max, limit]
    var conditions = ["id < $1"]
    // Indexes audit_log_account, audit_log_operation, or the primary key.
    if let account = filter.account {
      values.append(account)
      conditions.append("account_id = $\(values.count)")
    }
    if let operation = filter.operation {
      values.append(operation)
      conditions.append("operation = $\(values.count)")
    }
    return try await pool.read(
      """
      SELECT \(AuditRecord.columns) FROM audit_log WHERE \(conditions.joined(separator: " AND "))
      ORDER BY id DESC LIMIT $2
      """, values, from: .primary
    ).map { row in try AuditRecord(row) }
  }
}
