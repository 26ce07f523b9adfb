internal import NIOCore
internal import NIOPosix
internal import TraceContext

/// What callers do from their own threads: wait for a result, a connection, the end.
extension PoolCore {
  /// Sends a statement and waits for its rows.
  /// - Parameters:
  ///   - use: what the statement is checked for; by the other parameters when nil.
  ///   - shielded: one of our own that goes on when the task is cancelled (COMMIT, ROLLBACK).
  nonisolated(nonsending) func query(
    _ sql: String, _ values: [any PostgresEncodable], isRead: Bool = false, timeout: Duration? = nil,
    lease: Lease? = nil, use: StatementScreen.Use? = nil, shielded: Bool = false
  ) async throws -> PostgresResult {
    if let span = Span.current?.child(StatementName.of(sql), .client) {
      return try await traced(span) {
        try await query(sql, values, isRead: isRead, timeout: timeout, lease: lease, use: use, shielded: shielded)
      }
    }
    let use = use ?? (shielded ? .own : lease != nil ? .transaction : isRead ? .read : .statement)
    let operation = try operation(sql, values, use, timeout: timeout, lease: lease)
    defer { operation.edge.acquire() }
    if shielded {
      return try await withUnsafeThrowingContinuation { continuation in
        operation.continuation = continuation
        thread.send(.submit(operation, self), from: operation.eventLoop)
      }
    }
    return try await withTaskCancellationHandler {
      try await withUnsafeThrowingContinuation { continuation in
        operation.continuation = continuation
        thread.send(.submit(operation, self), from: operation.eventLoop)
      }
    } onCancel: {
      thread.send(.withdraw(operation, self, .cancelled))
    }
  }

  /// Tells a statement of a recorded trace: which pool it was for, how long it took with all its waiting, how it failed.
  private nonisolated(nonsending) func traced(
    _ span: Span, _ body: nonisolated(nonsending) () async throws -> PostgresResult
  ) async throws -> PostgresResult {
    do {
      // The statement itself has no parts.
      let result = try await Span.$current.withValue(nil) { try await body() }
      span.end(["db.system.name": "postgresql", "db.namespace": .text(name)])
      return result
    } catch {
      let known = error as? PostgresError
      let kind = known?.sqlState.map { "SQLSTATE \($0)" } ?? known?.code.description ?? "failed"
      span.end(["db.system.name": "postgresql", "db.namespace": .text(name)], failure: kind)
      throw error
    }
  }

  /// Sends a statement without waiting for it: its failure shows in those that follow.
  func post(_ sql: String, lease: Lease) throws(PostgresError) {
    let operation = try operation(sql, [], .own, timeout: nil, lease: lease)
    thread.send(.submit(operation, self), from: operation.eventLoop)
  }

  private func operation(
    _ sql: String, _ values: [any PostgresEncodable], _ use: StatementScreen.Use, timeout: Duration?, lease: Lease?
  ) throws(PostgresError) -> QueryOperation {
    try StatementScreen.check(sql, for: use)
    let started = MonotonicClock.now()
    return QueryOperation(
      sql: sql, parameters: try PostgresParameters(values), isRead: use == .read, started: started,
      deadline: MonotonicClock.deadline(after: timeout ?? configuration.queryTimeout, from: started), lease: lease,
      eventLoop: MultiThreadedEventLoopGroup.currentEventLoop)
  }

  /// Takes a connection for the caller alone, and gives it back when `body` ends.
  /// - Parameter body: returns its result, and whether the connection is fit for others.
  nonisolated(nonsending) func withLease<Value>(
    timeout: Duration? = nil, _ body: nonisolated(nonsending) (Lease) async throws -> (Value, reuse: Bool)
  ) async throws -> Value {
    let lease = Lease(deadline: MonotonicClock.deadline(after: timeout ?? configuration.acquisitionTimeout))
    try await acquire(lease)
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

  private nonisolated(nonsending) func acquire(_ lease: Lease) async throws {
    defer { lease.edge.acquire() }
    try await withTaskCancellationHandler {
      try await withUnsafeThrowingContinuation { (continuation: UnsafeContinuation<Void, any Error>) in
        lease.continuation = continuation
        thread.run { self.submit(lease) }
      }
    } onCancel: {
      thread.run { self.cancel(lease) }
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
