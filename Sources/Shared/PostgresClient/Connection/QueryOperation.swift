internal import NIOCore

/// One statement on its way: from its caller to a connection, and back with a result.
///
/// The caller makes it and waits on `continuation`; everything mutable belongs to the I/O thread.
final class QueryOperation: @unchecked Sendable {
  enum State { case created, queued, sent, finished }

  /// A statement is prepared once for its text and its parameters' types.
  struct Statement: Hashable, Sendable {
    let sql: String
    let types: [PostgresType]
    private let hash: Int

    init(sql: String, parameters: PostgresParameters) {
      self.sql = sql
      types = parameters.types
      hash = sql.hashValue
    }

    // The text is hashed once, by the caller; a connection's look-up is on the I/O thread, which all callers share.
    func hash(into hasher: inout Hasher) { hasher.combine(hash) }
    static func == (left: Statement, right: Statement) -> Bool {
      left.hash == right.hash && left.types == right.types && left.sql == right.sql
    }
  }

  let statement: Statement
  let parameters: PostgresParameters
  /// Only reads, so that it may share a Sync with others, be sent again, and go to a replica.
  let isRead: Bool
  let deadline: UInt64
  let started: UInt64
  /// Where the caller runs, so that results go there together.
  let eventLoop: (any EventLoop)?
  let lease: Lease?
  let edge = ResumptionEdge()
  /// Set before submission.
  var continuation: UnsafeContinuation<PostgresResult, any Error>?

  // I/O thread only.
  var state = State.created
  /// Where it waits or runs, when that is not where it was submitted.
  var core: PoolCore?
  var sequence: UInt64 = 0
  /// Why the caller no longer waits for the result; set once.
  var cancellation: PostgresError.Code?
  var cancelledAt: UInt64 = 0
  var resends = 0
  var prepareError: PostgresError?
  /// Called on the I/O thread, for statements of the pool's own.
  var onFinish: ((Result<PostgresResult, any Error>) -> Void)?
  var outcome: Result<PostgresResult, any Error>?

  init(
    sql: String, parameters: PostgresParameters, isRead: Bool, started: UInt64, deadline: UInt64, lease: Lease?,
    eventLoop: (any EventLoop)?
  ) {
    statement = Statement(sql: sql, parameters: parameters)
    self.parameters = parameters
    self.isRead = isRead
    self.started = started
    self.deadline = deadline
    self.lease = lease
    self.eventLoop = eventLoop
  }

  /// Wakes the caller with `outcome`.
  func resume() {
    guard let continuation, let outcome else { return }
    self.continuation = nil
    edge.release()
    continuation.resume(with: outcome)
  }
}
