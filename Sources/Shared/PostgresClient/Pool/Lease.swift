/// One connection for one task at a time: a transaction, a stream, a COPY, a session lock.
///
/// Everything mutable belongs to the I/O thread.
final class Lease: @unchecked Sendable {
  enum State { case waiting, granted, lost, over }

  let deadline: UInt64
  let edge = ResumptionEdge()
  /// Set before submission.
  var continuation: UnsafeContinuation<Void, any Error>?
  var state = State.waiting
  var connection: PostgresConnection?
  var sequence: UInt64 = 0
  var cancellation: PostgresError.Code?
  /// Called when the connection breaks while the lease is held.
  var onLoss: (@Sendable () -> Void)?

  init(deadline: UInt64) {
    self.deadline = deadline
  }

  func finish(_ result: Result<Void, any Error>) {
    guard let continuation else { return }
    self.continuation = nil
    edge.release()
    continuation.resume(with: result)
  }
}
