internal import CLibpq

/// Several statements in one message, for migrations: inside a transaction they must leave open. Confined to the I/O
/// thread but for `gate`.
final class ScriptOperation: ExclusiveOperation, @unchecked Sendable {
  let sql: String
  let parameters = PostgresParameters()
  let deadline: UInt64
  let gate = CopyGate()
  var cancellation: PostgresError.Code?
  let usesSingleRowMode = false
  let isScript = true
  let wantsInput = true
  private var failure: PostgresError?

  init(sql: String, deadline: UInt64) {
    self.sql = sql
    self.deadline = deadline
  }

  func progress(on connection: PostgresConnection) {
    while PQisBusy(connection.pointer) == 0 {
      guard let result = PQgetResult(connection.pointer) else {
        if failure == nil, PQtransactionStatus(connection.pointer) != PQTRANS_INTRANS {
          failure = PostgresError(.invalidUse, "the statements end the transaction that they run in: remove COMMIT")
        }
        return connection.endExclusive { [gate, failure] in
          gate.finish(failure.map { .failure($0) } ?? .success(0))
        }
      }
      defer { PQclear(result) }
      switch PQresultStatus(result) {
      case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY: break
      case PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH:
        failure = PostgresError(.invalidUse, "COPY from or to the client has no place in a script")
        gate.finish(.failure(failure ?? PoolCore.leaseLost))
        return connection.pool.breakLater(connection)
      default:
        // There are no parameters, so the server's text repeats nothing but the script.
        var error = ExclusiveFailure.error(result, cancellation: cancellation)
        if error.code == .server, let report = error.server { error = .server(report, beforeValues: true) }
        failure = failure ?? error
      }
    }
  }

  func fail(_ error: PostgresError) { gate.finish(.failure(failure ?? error)) }
}

extension PostgresTransaction {
  /// Runs several statements, separated by semicolons.
  /// - Throws: `PostgresError`, also when they end the transaction.
  nonisolated(nonsending) func runScript(_ sql: String, timeout: Duration?) async throws {
    let operation = ScriptOperation(sql: sql, deadline: MonotonicClock.deadline(after: timeout))
    try await core.exclusively(operation, lease: lease, isFinished: { operation.gate.isFinished }) {
      _ = try await operation.gate.result()
    } drain: {
      _ = try await operation.gate.result()
    }
  }
}
