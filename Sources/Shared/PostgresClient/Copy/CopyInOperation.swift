internal import CLibpq
internal import NIOConcurrencyHelpers

/// `COPY … FROM STDIN`: chunks from one writer to the server. Confined to the I/O thread but for `gate`.
final class CopyInOperation: ExclusiveOperation, @unchecked Sendable {
  /// libpq copies what it is given into its own buffer; pieces of this size keep that small.
  private static let pieceSize = 128 << 10

  let sql: String
  let parameters = PostgresParameters()
  let deadline: UInt64
  let gate = CopyGate()
  var cancellation: PostgresError.Code?
  let usesSingleRowMode = false
  let wantsInput = true
  private var chunks: [[UInt8]] = []
  private var offset = 0
  private var isReady = false
  private var isEnding = false
  private var isEnded = false
  private var failure: PostgresError?
  private var rows = 0

  init(sql: String, deadline: UInt64) {
    self.sql = sql
    self.deadline = deadline
  }

  func add(_ chunk: [UInt8], on connection: PostgresConnection?) {
    chunks.append(chunk)
    move(on: connection)
  }

  func end(on connection: PostgresConnection?) {
    isEnding = true
    move(on: connection)
  }

  private func move(on connection: PostgresConnection?) {
    guard let connection, connection.exclusive === self else { return }
    progress(on: connection)
    connection.exclusiveMoved()
  }

  func progress(on connection: PostgresConnection) {
    if !isReady || isEnded { takeResults(on: connection) }
    guard isReady, !isEnded, connection.exclusive === self else { return }
    while let chunk = chunks.first, cancellation == nil {
      let count = min(chunk.count - offset, Self.pieceSize)
      let status = chunk.withUnsafeBytes { bytes in
        PQputCopyData(
          connection.pointer, bytes.baseAddress.map { ($0 + offset).assumingMemoryBound(to: CChar.self) }, Int32(count))
      }
      guard status >= 0 else { return connection.pool.breakLater(connection) }
      if status == 1 {
        offset += count
        if offset == chunk.count {
          chunks.removeFirst()
          offset = 0
          gate.accepted()
        }
      }
      // What does not fit the socket waits for it to drain; `handle` then comes back here.
      if connection.flushIsPending() { return }
    }
    if isEnding || cancellation != nil { finishInput(on: connection) }
  }

  private func finishInput(on connection: PostgresConnection) {
    guard PQputCopyEnd(connection.pointer, cancellation == nil ? nil : "given up by the client") == 1 else { return }
    isEnded = true
    _ = connection.flushIsPending()
    takeResults(on: connection)
  }

  private func takeResults(on connection: PostgresConnection) {
    while !connection.isClosed, PQisBusy(connection.pointer) == 0 {
      guard let result = PQgetResult(connection.pointer) else {
        return connection.endExclusive { [gate, failure, rows] in
          gate.finish(failure.map { .failure($0) } ?? .success(rows))
        }
      }
      defer { PQclear(result) }
      switch PQresultStatus(result) {
      case PGRES_COPY_IN:
        isReady = true
        return
      case PGRES_COMMAND_OK:
        rows = PQcmdTuples(result).flatMap { Int(String(cString: $0)) } ?? 0
        if !isReady { failure = PostgresError(.invalidUse, "the statement is not COPY … FROM STDIN") }
      case PGRES_COPY_OUT, PGRES_COPY_BOTH, PGRES_TUPLES_OK:
        failure = PostgresError(.invalidUse, "the statement is not COPY … FROM STDIN")
        gate.finish(.failure(failure ?? PoolCore.leaseLost))
        return connection.pool.breakLater(connection)
      default:
        failure = failure ?? copyError(result)
      }
    }
  }

  private func copyError(_ result: OpaquePointer) -> PostgresError {
    if let cancellation { return .ended(cancellation, wasSent: false) }
    return ExclusiveFailure.error(result, cancellation: nil)
  }

  func fail(_ error: PostgresError) { gate.finish(.failure(failure ?? error)) }
}

/// Lets the writer run one chunk ahead of the connection, and tells it how the COPY ended.
final class CopyGate: Sendable {
  private struct State {
    var outstanding = 0
    var end: Result<Int, any Error>?
    var waiter: UnsafeContinuation<Void, Never>?
  }

  private let state = NIOLockedValueBox(State())

  var isFinished: Bool { state.withLockedValue { $0.end != nil } }

  func accepted() { wake { $0.outstanding -= 1 } }

  func finish(_ result: Result<Int, any Error>) {
    wake { state in if state.end == nil { state.end = result } }
  }

  private func wake(_ change: (inout State) -> Void) {
    let waiter = state.withLockedValue { state in
      change(&state)
      defer { state.waiter = nil }
      return state.waiter
    }
    waiter?.resume()
  }

  /// Counts a chunk and waits until at most one other is outstanding.
  nonisolated(nonsending) func enter() async throws {
    state.withLockedValue { $0.outstanding += 1 }
    try await wait { $0.outstanding <= 2 }
  }

  /// Waits for the end.
  /// - Returns: how many rows were copied.
  nonisolated(nonsending) func result() async throws -> Int {
    try await wait { _ in false }
    return try state.withLockedValue { try $0.end?.get() ?? 0 }
  }

  private nonisolated(nonsending) func wait(until isOpen: @Sendable (borrowing State) -> Bool) async throws {
    while true {
      let (end, ready) = state.withLockedValue { ($0.end, isOpen($0)) }
      if let end {
        _ = try end.get()
        return
      }
      if ready { return }
      await withUnsafeContinuation { continuation in
        let now = state.withLockedValue { state in
          if state.end != nil || isOpen(state) { return true }
          state.waiter = continuation
          return false
        }
        if now { continuation.resume() }
      }
    }
  }
}
