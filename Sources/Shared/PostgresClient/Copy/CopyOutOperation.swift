internal import CLibpq

/// `COPY … TO STDOUT`: chunks from the server to one reader. Confined to the I/O thread but for `handover`.
final class CopyOutOperation: ExclusiveOperation, @unchecked Sendable {
  private static let bufferLimit = 512 << 10
  private static let chunkSize = 64 << 10

  let sql: String
  let parameters = PostgresParameters()
  let deadline: UInt64
  let handover: Handover<[UInt8]>
  var cancellation: PostgresError.Code?
  let usesSingleRowMode = false
  private(set) var wantsInput = true
  private var isCopying = false
  private var chunk: [UInt8] = []
  private var failure: PostgresError?

  init(sql: String, deadline: UInt64, resume: @escaping @Sendable () -> Void) {
    self.sql = sql
    self.deadline = deadline
    handover = Handover(limit: Self.bufferLimit, resume: resume)
  }

  func resume(on connection: PostgresConnection) {
    guard connection.exclusive === self else { return }
    wantsInput = true
    progress(on: connection)
    connection.exclusiveMoved()
  }

  func progress(on connection: PostgresConnection) {
    while wantsInput || cancellation != nil {
      if isCopying {
        guard takeData(on: connection) else { break }
        continue
      }
      guard PQisBusy(connection.pointer) == 0 else { break }
      guard let result = PQgetResult(connection.pointer) else {
        push()
        return connection.endExclusive { [handover, failure] in
          handover.finish(failure.map { .failure($0) } ?? .success(()))
        }
      }
      defer { PQclear(result) }
      switch PQresultStatus(result) {
      case PGRES_COPY_OUT: isCopying = true
      case PGRES_COMMAND_OK: break
      case PGRES_COPY_IN, PGRES_COPY_BOTH, PGRES_TUPLES_OK:
        failure = PostgresError(.invalidUse, "the statement is not COPY … TO STDOUT")
        handover.finish(.failure(failure ?? PoolCore.leaseLost))
        return connection.pool.breakLater(connection)
      default: failure = failure ?? ExclusiveFailure.error(result, cancellation: cancellation)
      }
    }
    connection.setInterest(reads: wantsInput || cancellation != nil, writes: false)
  }

  /// - Returns: whether there may be more.
  private func takeData(on connection: PostgresConnection) -> Bool {
    var row: UnsafeMutablePointer<CChar>?
    let count = Int(PQgetCopyData(connection.pointer, &row, 1))
    if count > 0, let row {
      if cancellation == nil { chunk.append(contentsOf: UnsafeRawBufferPointer(start: row, count: count)) }
      PQfreemem(row)
      if chunk.count >= Self.chunkSize { push() }
      return true
    }
    if count == 0 {
      push()
      return false
    }
    // -1 is the end, -2 an error: both have a result.
    isCopying = false
    return true
  }

  private func push() {
    guard !chunk.isEmpty else { return }
    let bytes = chunk.count
    wantsInput = handover.push([chunk], bytes: bytes)
    chunk = []
    chunk.reserveCapacity(Self.chunkSize + 4096)
  }

  func fail(_ error: PostgresError) { handover.finish(.failure(failure ?? error)) }
}

/// Chunks of a COPY's output, of any length, not cut at rows. For one iteration, in one task.
package struct PostgresCopyReader: AsyncSequence, Sendable {
  package typealias Element = [UInt8]
  let handover: Handover<[UInt8]>

  package func makeAsyncIterator() -> Iterator { Iterator(handover: handover) }

  package struct Iterator: AsyncIteratorProtocol {
    let handover: Handover<[UInt8]>
    private var waiting: [[UInt8]] = []

    init(handover: Handover<[UInt8]>) {
      self.handover = handover
    }

    /// - Throws: `PostgresError`.
    package mutating func next() async throws -> [UInt8]? {
      if waiting.isEmpty {
        guard let taken = try await handover.take() else { return nil }
        waiting = taken.reversed()
      }
      return waiting.popLast()
    }
  }
}

extension PostgresPool {
  /// Runs a `COPY … TO STDOUT` statement and gives its output to `body` as it arrives.
  /// - Throws: `PostgresError`, and what `body` throws.
  package nonisolated(nonsending) func copyOut<Value>(
    statement sql: String, timeout: Duration? = nil,
    _ body: nonisolated(nonsending) (PostgresCopyReader) async throws -> Value
  ) async throws -> Value {
    let core = primary
    return try await core.withLease { lease in
      let holder = OperationHolder<CopyOutOperation>()
      let operation = CopyOutOperation(sql: sql, deadline: MonotonicClock.deadline(after: timeout)) {
        core.thread.run { if let connection = lease.connection { holder.operation?.resume(on: connection) } }
      }
      holder.operation = operation
      defer { holder.operation = nil }
      let value = try await core.exclusively(operation, lease: lease, isFinished: { operation.handover.isFinished }) {
        try await body(PostgresCopyReader(handover: operation.handover))
      } drain: {
        while try await operation.handover.take() != nil {}
      }
      return (value, true)
    }
  }
}
