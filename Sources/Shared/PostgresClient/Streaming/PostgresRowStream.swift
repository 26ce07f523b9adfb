/// Rows that arrive while they are consumed: any number in bounded memory. For one iteration, in one task.
package struct PostgresRowStream: AsyncSequence, Sendable {
  package typealias Element = PostgresRow
  let handover: Handover<PostgresRow>

  package func makeAsyncIterator() -> Iterator { Iterator(handover: handover) }

  package struct Iterator: AsyncIteratorProtocol {
    let handover: Handover<PostgresRow>
    private var batch: [PostgresRow] = []
    private var position = 0

    init(handover: Handover<PostgresRow>) {
      self.handover = handover
    }

    /// - Throws: `PostgresError`, also when rows have arrived before it.
    package mutating func next() async throws -> PostgresRow? {
      try await advance()
    }

    package mutating func next(isolation actor: isolated (any Actor)?) async throws -> PostgresRow? {
      try await advance()
    }

    private nonisolated(nonsending) mutating func advance() async throws -> PostgresRow? {
      if position == batch.count {
        batch = []
        guard let next = try await handover.take() else { return nil }
        batch = next
        position = 0
      }
      defer { position += 1 }
      return batch[position]
    }
  }
}

extension PoolCore {
  /// Runs `sql` on the lease's connection and gives its rows to `body`.
  nonisolated(nonsending) func stream<Value>(
    _ sql: String, _ values: [any PostgresEncodable], timeout: Duration?, lease: Lease,
    _ body: nonisolated(nonsending) (PostgresRowStream) async throws -> Value
  ) async throws -> Value {
    let holder = OperationHolder<RowStreamOperation>()
    let operation = RowStreamOperation(
      sql: sql, parameters: try PostgresParameters(values),
      deadline: MonotonicClock.deadline(after: timeout)
    ) { [thread] in
      thread.run { if let connection = lease.connection { holder.operation?.resume(on: connection) } }
    }
    holder.operation = operation
    defer { holder.operation = nil }
    return try await exclusively(operation, lease: lease, isFinished: { operation.handover.isFinished }) {
      try await body(PostgresRowStream(handover: operation.handover))
    } drain: {
      while try await operation.handover.take() != nil {}
    }
  }

  /// Starts `operation`, runs `body`, and leaves the connection free of it: cancelled and drained when `body` ended
  /// early.
  nonisolated(nonsending) func exclusively<Value>(
    _ operation: some ExclusiveOperation & Sendable, lease: Lease, isFinished: () -> Bool,
    _ body: nonisolated(nonsending) () async throws -> Value,
    drain: nonisolated(nonsending) () async throws -> Void
  ) async throws -> Value {
    thread.run { self.submit(operation, lease: lease) }
    let result: Result<Value, any Error>
    do {
      result = .success(
        try await withTaskCancellationHandler {
          try await body()
        } onCancel: {
          self.end(operation, lease: lease, reason: .cancelled)
        })
    } catch {
      result = .failure(error)
    }
    if !isFinished() {
      end(operation, lease: lease, reason: .cancelled)
      // What is left ends in an error of our own making.
      do { try await drain() } catch {}
    }
    return try result.get()
  }

  private func end(_ operation: some ExclusiveOperation & Sendable, lease: Lease, reason: PostgresError.Code) {
    thread.run {
      guard operation.cancellation == nil else { return }
      operation.cancellation = reason
      guard let connection = lease.connection else { return }
      if connection.exclusive === operation {
        connection.askForCancelIfDue()
        operation.progress(on: connection)
        connection.exclusiveMoved()
      }
      self.wake(at: self.thread.now + self.configuration.responseGrace.clampedNanoseconds)
    }
  }
}

/// Lets an operation's own callback find it without owning it.
final class OperationHolder<Operation: AnyObject & Sendable>: @unchecked Sendable {
  // Set before the operation is submitted and cleared after its end.
  weak var operation: Operation?
}

extension PostgresPool {
  /// Runs a statement on a connection of its own and gives its rows to `body` as they arrive. When `body` ends before
  /// the rows do, the server is asked to stop.
  /// - Parameter timeout: for the whole stream; none when nil.
  /// - Throws: `PostgresError`, and what `body` throws.
  package nonisolated(nonsending) func stream<Value>(
    _ sql: String, _ values: [any PostgresEncodable] = [], timeout: Duration? = nil,
    _ body: nonisolated(nonsending) (PostgresRowStream) async throws -> Value
  ) async throws -> Value {
    try await primary.withLease { lease in
      (try await primary.stream(sql, values, timeout: timeout, lease: lease, body), true)
    }
  }
}

extension PostgresTransaction {
  /// Runs a statement and gives its rows to `body` as they arrive; other statements of the transaction wait until then.
  /// - Throws: `PostgresError`, and what `body` throws.
  package nonisolated(nonsending) func stream<Value>(
    _ sql: String, _ values: [any PostgresEncodable] = [], timeout: Duration? = nil,
    _ body: nonisolated(nonsending) (PostgresRowStream) async throws -> Value
  ) async throws -> Value {
    try await core.stream(sql, values, timeout: timeout, lease: lease, body)
  }
}
