internal import NIOCore
internal import NIOPosix

/// What callers do from their own threads: wait for a result, a connection, the end.
extension PoolCore {
  /// Sends a statement and waits for its rows.
  /// - Parameter shielded: goes on when the task is cancelled (COMMIT, ROLLBACK).
  nonisolated(nonsending) func query(
    _ sql: String, _ values: [any PostgresEncodable], isRead: Bool = false, timeout: Duration? = nil,
    lease: Lease? = nil, shielded: Bool = false
  ) async throws -> PostgresResult {
    let operation = try operation(sql, values, isRead: isRead, timeout: timeout, lease: lease)
    if shielded {
      return try await withUnsafeThrowingContinuation { continuation in
        operation.continuation = continuation
        thread.send(.submit(operation, self))
      }
    }
    return try await withTaskCancellationHandler {
      try await withUnsafeThrowingContinuation { continuation in
        operation.continuation = continuation
        thread.send(.submit(operation, self))
      }
    } onCancel: {
      thread.send(.withdraw(operation, self, .cancelled))
    }
  }

  /// Sends a statement without waiting for it: its failure shows in those that follow.
  func post(_ sql: String, lease: Lease) throws(PostgresError) {
    let operation = try operation(sql, [], isRead: false, timeout: nil, lease: lease)
    thread.send(.submit(operation, self))
  }

  private func operation(
    _ sql: String, _ values: [any PostgresEncodable], isRead: Bool, timeout: Duration?, lease: Lease?
  ) throws(PostgresError) -> QueryOperation {
    guard !sql.utf8.contains(0) else {
      throw PostgresError(.invalidParameter, "the statement's text holds the character U+0000")
    }
    // COPY would leave the pipeline without an end.
    guard !sql.prefix(4).elementsEqual("COPY", by: { $0.uppercased() == String($1) }) else {
      throw PostgresError(.invalidUse, "COPY is not a query: use copyIn or copyOut")
    }
    let started = MonotonicClock.now()
    return QueryOperation(
      sql: sql, parameters: try PostgresParameters(values), isRead: isRead, started: started,
      deadline: MonotonicClock.deadline(after: timeout ?? configuration.queryTimeout, from: started), lease: lease,
      eventLoop: MultiThreadedEventLoopGroup.currentEventLoop)
  }

  /// Takes a connection for the caller alone, and gives it back when `body` ends.
  /// - Parameter body: returns its result, and whether the connection is fit for others.
  nonisolated(nonsending) func withLease<Value>(
    timeout: Duration? = nil, _ body: nonisolated(nonsending) (Lease) async throws -> (Value, reuse: Bool)
  ) async throws -> Value {
    let lease = Lease(deadline: MonotonicClock.deadline(after: timeout ?? configuration.acquisitionTimeout))
    try await withTaskCancellationHandler {
      try await withUnsafeThrowingContinuation { (continuation: UnsafeContinuation<Void, any Error>) in
        lease.continuation = continuation
        thread.run { self.submit(lease) }
      }
    } onCancel: {
      thread.run { self.cancel(lease) }
    }
    do {
      let (value, reuse) = try await body(lease)
      thread.run { self.release(lease, reuse: reuse) }
      return value
    } catch {
      // `release` looks at the connection itself: one that is idle and outside a transaction is as good as new.
      thread.run { self.release(lease, reuse: true) }
      throw error
    }
  }

  private func cancel(_ lease: Lease) {
    lease.cancellation = .cancelled
    withdraw(lease, reason: .cancelled)
  }

  nonisolated(nonsending) func close(grace: Duration) async {
    let deadline = MonotonicClock.deadline(after: grace)
    await withUnsafeContinuation { continuation in
      thread.run { self.close(deadline: deadline, continuation) }
    }
  }
}
