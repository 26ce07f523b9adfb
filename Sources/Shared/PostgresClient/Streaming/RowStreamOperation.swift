internal import CLibpq

/// A statement whose rows arrive one by one (libpq's single-row mode). Confined to the I/O thread but for `handover`.
final class RowStreamOperation: ExclusiveOperation, @unchecked Sendable {
  /// Rows that wait for the consumer, in bytes.
  static let bufferLimit = 256 << 10
  private static let batchSize = 128

  let sql: String
  let parameters: PostgresParameters
  let deadline: UInt64
  let handover: Handover<PostgresRow>
  var cancellation: PostgresError.Code?
  let usesSingleRowMode = true
  private(set) var wantsInput = true
  private var failure: PostgresError?

  init(
    sql: String, parameters: PostgresParameters, deadline: UInt64, resume: @escaping @Sendable () -> Void
  ) {
    self.sql = sql
    self.parameters = parameters
    self.deadline = deadline
    handover = Handover(limit: Self.bufferLimit, resume: resume)
  }

  /// The consumer has taken what was there.
  func resume(on connection: PostgresConnection) {
    guard connection.exclusive === self else { return }
    wantsInput = true
    progress(on: connection)
    connection.exclusiveMoved()
  }

  func progress(on connection: PostgresConnection) {
    var batch: [PostgresRow] = []
    var bytes = 0
    func push() {
      guard !batch.isEmpty else { return }
      // Once it is given up, nobody takes rows any more: they are dropped until the server has stopped.
      if cancellation == nil { wantsInput = handover.push(batch, bytes: bytes) } else { wantsInput = true }
      batch.removeAll(keepingCapacity: true)
      bytes = 0
    }
    while wantsInput || cancellation != nil, PQisBusy(connection.pointer) == 0 {
      guard let result = PQgetResult(connection.pointer) else {
        push()
        return connection.endExclusive { [handover, failure] in
          handover.finish(failure.map { .failure($0) } ?? .success(()))
        }
      }
      switch PQresultStatus(result) {
      case PGRES_SINGLE_TUPLE:
        let owned = PostgresResult(result)
        bytes += owned.byteCount
        batch.append(PostgresRow(result: owned, index: 0))
        if batch.count >= Self.batchSize || bytes >= Self.bufferLimit / 4 { push() }
      case PGRES_TUPLES_OK, PGRES_COMMAND_OK, PGRES_EMPTY_QUERY:
        PQclear(result)
      case PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH:
        PQclear(result)
        failure = PostgresError(.invalidUse, "COPY cannot be streamed as rows: use copyIn or copyOut")
        handover.finish(.failure(failure ?? PoolCore.leaseLost))
        return connection.pool.breakLater(connection)
      default:
        failure = failure ?? ExclusiveFailure.error(result, cancellation: cancellation)
        PQclear(result)
      }
    }
    push()
    connection.setInterest(reads: wantsInput || cancellation != nil, writes: false)
  }

  func fail(_ error: PostgresError) { handover.finish(.failure(failure ?? error)) }
}

/// Reads the error of a statement outside of pipeline mode.
enum ExclusiveFailure {
  static func error(_ result: OpaquePointer, cancellation: PostgresError.Code?) -> PostgresError {
    guard PQresultErrorField(result, PostgresConnection.sqlStateField) != nil else {
      return .connectionLost("the connection broke", wasSent: true)
    }
    let report = ServerReport(result: result)
    if report.sqlState == .queryCanceled, let cancellation {
      return .ended(cancellation, wasSent: false)
    }
    return .server(report)
  }
}
