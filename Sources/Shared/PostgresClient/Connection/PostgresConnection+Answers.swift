internal import CLibpq

/// What each answer means for the statement that it belongs to.
extension PostgresConnection {
  /// How often a statement goes out again through no fault of its own.
  static let maximumResends = 5

  /// Takes over `result`.
  func perform(_ action: PipelineLedger<QueryOperation>.Action, _ result: OpaquePointer) {
    if case .succeeded(let operation) = action {
      return succeed(operation, PostgresResult(result))
    }
    defer { PQclear(result) }
    switch action {
    case .none, .prepared, .succeeded: break
    case .prepareFailed(let operation):
      _ = statements.remove(operation.statement)
      let report = ServerReport(result: result)
      // Cancelled while it was parsed, which says nothing about the statement: as if it had been skipped.
      if report.sqlState == .queryCanceled, cancelState != .none { return }
      let error = PostgresError.server(report, beforeValues: true)
      operation.prepareError = error
      refusedStatements[operation.statement] = error
    case .prepareAborted(let operation):
      _ = statements.remove(operation.statement)
    case .failed(let operation):
      fail(operation, ServerReport(result: result))
    case .aborted(let operation):
      if let error = operation.prepareError {
        pool.finish(operation, .failure(error))
      } else {
        repeatOrFail(operation, because: nil)
      }
    case .housekeepingFailed(.deallocate(let name)):
      // It was skipped behind a failing neighbour; an unknown name would be an error of its own and is not repeated.
      if PQresultStatus(result) == PGRES_PIPELINE_ABORTED { staleStatements.append(name) }
    case .synced: confirm()
    case .syncFailed: refuse(ServerReport(result: result))
    case .violation: close()
    }
  }

  private func succeed(_ operation: QueryOperation, _ result: PostgresResult) {
    // A statement's implicit transaction commits at the Sync, not before: a write's caller waits for that.
    if operation.isRead {
      pool.finish(operation, .success(result))
    } else {
      unconfirmed.append((operation, result))
    }
  }

  private func confirm() {
    pingedAt = nil
    takeOnSync()?()
    for (operation, result) in unconfirmed { pool.finish(operation, .success(result)) }
    unconfirmed.removeAll(keepingCapacity: true)
  }

  /// What waits for the next Sync, once.
  func takeOnSync() -> (() -> Void)? {
    defer { onSync = nil }
    return onSync
  }

  private func refuse(_ report: ServerReport) {
    let refused = unconfirmed
    unconfirmed.removeAll(keepingCapacity: true)
    // Cancelled in its deferred constraints: rolled back, and perhaps meant for a neighbour.
    if report.sqlState == .queryCanceled, cancelState != .none {
      for (operation, _) in refused { repeatOrFail(operation, because: report) }
      return
    }
    var error = PostgresError.server(report)
    // A process that was told to stop can report so after it has committed.
    if report.sqlState.category == "57" { error.isOutcomeUnknown = true }
    for (operation, _) in refused { pool.finish(operation, .failure(error)) }
  }

  private func fail(_ operation: QueryOperation, _ report: ServerReport) {
    let isShared = operation.lease == nil
    switch report.sqlState {
    case .invalidSQLStatementName where refusedStatements[operation.statement] != nil:
      // Sent in the belief that a neighbour's Parse of the same statement would succeed.
      pool.finish(operation, .failure(refusedStatements[operation.statement] ?? .server(report)))
    case .queryCanceled where operation.cancellation != nil:
      pool.finish(operation, .failure(PostgresError.ended(operation.cancellation ?? .cancelled, wasSent: false)))
    case .queryCanceled where cancelState != .none && isShared:
      // The request was meant for its neighbour; what is cancelled has had no effect.
      repeatOrFail(operation, because: report)
    case .featureNotSupported where report.isStalePlan, .invalidSQLStatementName:
      // A table changed under the prepared statement, or its Parse was skipped.
      if let name = statements.remove(operation.statement), report.isStalePlan { staleStatements.append(name) }
      if isShared {
        repeatOrFail(operation, because: report)
      } else {
        pool.finish(operation, .failure(PostgresError.server(report)))
      }
    case .adminShutdown, .crashShutdown:
      var error = PostgresError(.connectionLost, "the server ended the connection: \(report.serverMessage)")
      error.server = report
      if operation.isRead && isShared {
        repeatOrFail(operation, because: report)
      } else {
        pool.finish(operation, .failure(error))
      }
    default:
      pool.finish(operation, .failure(PostgresError.server(report)))
    }
  }

  /// Sends a shared statement again that was not executed.
  private func repeatOrFail(_ operation: QueryOperation, because report: ServerReport?) {
    guard operation.state != .finished else { return }
    // Behind a failing neighbour a statement was not even looked at, however often that happens; its group shrinks.
    operation.resends += 1
    let isAllowed = operation.lease == nil && operation.cancellation == nil
    if isAllowed, report == nil || operation.resends <= Self.maximumResends {
      return pool.requeue(operation)
    }
    if let reason = operation.cancellation {
      pool.finish(operation, .failure(PostgresError.ended(reason, wasSent: false)))
    } else if let report {
      pool.finish(operation, .failure(PostgresError.server(report)))
    } else {
      pool.finish(
        operation, .failure(PostgresError(.transactionAborted, "an earlier statement failed, so this one was skipped")))
    }
  }

  // MARK: Cancelling

  /// After so many nanoseconds the server is asked once more.
  private static let cancelInterval: UInt64 = 200_000_000

  /// Asks the server to cancel, when what it executes now is what nobody waits for any more.
  ///
  /// A request that comes before the server has begun to execute the statement is without effect, so it is repeated for as
  /// long as the statement runs.
  func askForCancelIfDue() {
    guard !isClosed, cancelState != .asking else { return }
    let isWanted = exclusive.map { $0.cancellation != nil } ?? (ledger.head?.cancellation != nil)
    guard isWanted else { return }
    if cancelState == .none {
      cancelAskedAt = thread.now
    } else if thread.now < cancelRepeatAt {
      return
    }
    cancelState = .asking
    let handle = cancelHandle
    let thread = thread
    let pool = pool
    let token = token
    PoolCore.cancelWorkers.run {
      // A request that cannot be delivered changes nothing: the statement runs to its end.
      _ = handle.cancel()
      thread.run { pool.cancelReturned(token: token) }
    }
  }

  func cancelReturned() {
    guard cancelState == .asking else { return }
    cancelState = .asked
    cancelRepeatAt = thread.now + Self.cancelInterval
    if ledger.isEmpty, exclusive == nil { cancelState = .none } else { pool.wake(at: cancelRepeatAt) }
    pump()
    pool.connectionMoved(self)
  }
}

extension PostgresError {
  /// The error of a statement that its caller gave up.
  static func ended(_ reason: Code, wasSent: Bool) -> PostgresError {
    var error: PostgresError
    switch reason {
    case .timeout: error = PostgresError(.timeout, "the statement did not finish before its deadline")
    case .cancelled: error = PostgresError(.cancelled, "the task was cancelled")
    default: error = PostgresError(reason, "the statement was given up")
    }
    error.isOutcomeUnknown = wasSent
    return error
  }
}
