/// A transaction under way on a connection of its own. Valid inside `withTransaction`'s body only.
package struct PostgresTransaction: Sendable {
  /// PostgreSQL documentation, "Transaction Isolation".
  package enum Isolation: String, Sendable {
    case readCommitted = "READ COMMITTED"
    case repeatableRead = "REPEATABLE READ"
    case serializable = "SERIALIZABLE"
  }

  let core: PoolCore
  let lease: Lease

  /// Runs a statement and returns its rows. After an error the transaction takes no more statements, but for those
  /// outside of the savepoint in which it occurred.
  /// - Throws: `PostgresError`.
  @discardableResult
  package nonisolated(nonsending) func query(
    _ sql: String, _ values: [any PostgresEncodable] = [], timeout: Duration? = nil
  ) async throws -> PostgresRows {
    PostgresRows(result: try await core.query(sql, values, timeout: timeout, lease: lease))
  }

  /// Runs a statement and returns how many rows it changed.
  /// - Throws: `PostgresError`.
  @discardableResult
  package nonisolated(nonsending) func execute(
    _ sql: String, _ values: [any PostgresEncodable] = [], timeout: Duration? = nil
  ) async throws -> Int {
    try await core.query(sql, values, timeout: timeout, lease: lease).affectedRows
  }

  /// Runs `body` so that its failure undoes only what it did; the transaction then goes on.
  /// - Throws: what `body` throws, after the rollback to the savepoint.
  @discardableResult
  package nonisolated(nonsending) func withSavepoint<Value>(
    _ body: nonisolated(nonsending) () async throws -> Value
  ) async throws -> Value {
    // The same name may be used again inside: it then hides the outer one until it is released.
    _ = try await core.query("SAVEPOINT nested", [], lease: lease, use: .own)
    do {
      let value = try await body()
      _ = try await core.query("RELEASE SAVEPOINT nested", [], lease: lease, use: .own)
      return value
    } catch {
      _ = try await core.query("ROLLBACK TO SAVEPOINT nested", [], lease: lease, shielded: true)
      _ = try await core.query("RELEASE SAVEPOINT nested", [], lease: lease, shielded: true)
      throw error
    }
  }

  /// Waits for an advisory lock and holds it until the transaction ends.
  /// - Throws: `PostgresError`.
  package nonisolated(nonsending) func advisoryLock(_ key: Int64, timeout: Duration? = nil) async throws {
    _ = try await query("SELECT pg_advisory_xact_lock($1)", [key], timeout: timeout)
  }

  /// Takes an advisory lock until the transaction ends if nobody holds it.
  /// - Returns: whether it was taken.
  /// - Throws: `PostgresError`.
  package nonisolated(nonsending) func tryAdvisoryLock(_ key: Int64) async throws -> Bool {
    try await query("SELECT pg_try_advisory_xact_lock($1)", [key]).scalar(Bool.self) ?? false
  }
}

/// Which failures make `withTransaction` run its body again.
package struct TransactionRetries: Sendable {
  /// Runs of the body in all, at least 1.
  package var attempts: Int

  package init(attempts: Int) {
    self.attempts = max(1, attempts)
  }

  /// The body runs once.
  package static let none = TransactionRetries(attempts: 1)
  /// Up to five runs after serialization failures and deadlocks: for bodies whose only effects are in the database.
  package static let serializationFailures = TransactionRetries(attempts: 5)
}

extension PostgresPool {
  /// Runs `body` in a transaction on the primary: commits when it returns, rolls back when it throws.
  /// - Parameters:
  ///   - retries: whether `body` may run again after a serialization failure or a deadlock.
  ///   - timeout: for getting a connection; the statements have their own.
  /// - Throws: what `body` throws; `PostgresError` `.transactionAborted` when `body` swallowed a statement's error, so
  ///   that there was nothing to commit; `.connectionLost` with `isOutcomeUnknown` when COMMIT was sent and no
  ///   answer came.
  @discardableResult
  package nonisolated(nonsending) func withTransaction<Value>(
    isolation: PostgresTransaction.Isolation = .readCommitted, isReadOnly: Bool = false,
    retries: TransactionRetries = .none, timeout: Duration? = nil,
    _ body: nonisolated(nonsending) (PostgresTransaction) async throws -> Value
  ) async throws -> Value {
    let begin = "BEGIN ISOLATION LEVEL \(isolation.rawValue)" + (isReadOnly ? " READ ONLY" : "")
    var attempt = 1
    while true {
      do {
        return try await runTransaction(begin, timeout: timeout, body)
      } catch let error as PostgresError where error.isRetryableTransactionFailure && attempt < retries.attempts {
        // Those that collided come back at different times.
        let bound = Int64(4) << Int64(min(attempt, 8))
        try await Task.sleep(for: .milliseconds(Int64.random(in: 1...bound)))
        attempt += 1
      }
    }
  }

  private nonisolated(nonsending) func runTransaction<Value>(
    _ begin: String, timeout: Duration?, _ body: nonisolated(nonsending) (PostgresTransaction) async throws -> Value
  ) async throws -> Value {
    try await primary.withLease(timeout: timeout) { lease in
      let transaction = PostgresTransaction(core: primary, lease: lease)
      // Goes out with the body's first statement: no round trip of its own.
      try primary.post(begin, lease: lease)
      do {
        let value = try await body(transaction)
        try Task.checkCancellation()
        let result = try await primary.query("COMMIT", [], lease: lease, shielded: true)
        guard result.commandTag == "COMMIT" else {
          throw PostgresError(
            .transactionAborted, "a statement's error was swallowed, so COMMIT rolled back: use withSavepoint to go on")
        }
        return (value, true)
      } catch let error as CancellationError {
        try await rollBack(lease)
        throw PostgresError(.cancelled, "the task was cancelled before COMMIT", cause: error)
      } catch {
        // A rollback that fails changes nothing: the connection is not used again, and the server rolls back by itself.
        try? await rollBack(lease)
        throw error
      }
    }
  }

  private nonisolated(nonsending) func rollBack(_ lease: Lease) async throws {
    _ = try await primary.query("ROLLBACK", [], timeout: configuration.responseGrace, lease: lease, shielded: true)
  }

  /// Runs `body` while a session holds an advisory lock, so that one process at a time does.
  ///
  /// When the session breaks, the lock is gone: `body`'s task is then cancelled.
  /// - Parameter timeout: for the lock and the connection.
  /// - Throws: what `body` throws; `PostgresError` `.timeout`, or `.connectionLost` when the lock was lost.
  @discardableResult
  package func withAdvisoryLock<Value: Sendable>(
    _ key: Int64, timeout: Duration? = nil, _ body: @escaping @Sendable () async throws -> Value
  ) async throws -> Value {
    // A session that may hold the lock is never anybody else's: unless it has given the lock back, it is closed.
    let outcome: Result<Value, any Error> = try await primary.withLease(timeout: timeout) { lease in
      do {
        _ = try await primary.query("SELECT pg_advisory_lock($1)", [key], timeout: timeout, lease: lease)
      } catch {
        // Cancelled or out of time, the server may have taken the lock all the same: it outlives its statement.
        return (.failure(error), false)
      }
      let outcome = await guarding(lease, body)
      do {
        return (outcome, try await unlock(key, lease))
      } catch let error as PostgresError where error.code == .connectionLost {
        return (.failure(Self.lockLost(error)), false)
      } catch {
        return (outcome, false)
      }
    }
    return try outcome.get()
  }

  private static func lockLost(_ cause: PostgresError) -> PostgresError {
    PostgresError(
      .connectionLost, "the session that held the advisory lock is gone, and another may have got the lock since",
      cause: cause)
  }

  /// - Returns: whether the session held the lock, and no longer does.
  private nonisolated(nonsending) func unlock(_ key: Int64, _ lease: Lease) async throws -> Bool {
    let result = try await primary.query("SELECT pg_advisory_unlock($1)", [key], lease: lease, shielded: true)
    return try PostgresRows(result: result).scalar(Bool.self) ?? false
  }

  /// Runs `body` in a task that is cancelled when the connection breaks.
  private nonisolated(nonsending) func guarding<Value: Sendable>(
    _ lease: Lease, _ body: @escaping @Sendable () async throws -> Value
  ) async -> Result<Value, any Error> {
    let task = Task { try await body() }
    primary.thread.run {
      if lease.state == .granted { lease.onLoss = { task.cancel() } } else { task.cancel() }
    }
    return await withTaskCancellationHandler {
      await task.result
    } onCancel: {
      task.cancel()
    }
  }
}
