/// Who waits for replies. Each is completed exactly once, by the queue that holds it.
enum ReplyCompletion {
  /// One call.
  case call(UnsafeContinuation<RESPValue, any Error>)
  /// A batch.
  case batch(ReplyBatch)

  /// Hands over the next reply; an error reply is thrown.
  @inline(__always)
  func succeed(_ reply: RESPValue) {
    switch self {
    case .call(let continuation):
      if case .error(let error) = reply {
        continuation.resume(throwing: RedisError(error))
      } else {
        continuation.resume(returning: reply)
      }
    case .batch(let batch):
      if case .error(let error) = reply {
        batch.append(.failure(RedisError(error)))
      } else {
        batch.append(.success(reply))
      }
    }
  }

  /// Ends it with an error; replies that a batch already has stay.
  func fail(_ error: RedisError) {
    switch self {
    case .call(let continuation): continuation.resume(throwing: error)
    case .batch(let batch): batch.fail(error)
    }
  }

  /// Ends it because its task was cancelled.
  func cancel() {
    switch self {
    case .call(let continuation): continuation.resume(throwing: CancellationError())
    case .batch(let batch): batch.cancel()
    }
  }
}
