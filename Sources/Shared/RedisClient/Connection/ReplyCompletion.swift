/// Who waits for a reply. Each is completed exactly once, by the queue that holds it.
enum ReplyCompletion {
  /// One call.
  case call(UnsafeContinuation<RESPValue, any Error>)
  /// A place in a batch.
  case batch(ReplyBatch, Int)

  /// Hands over the reply; an error reply is thrown.
  @inline(__always)
  func succeed(_ reply: RESPValue) {
    switch self {
    case .call(let continuation):
      if case .error(let error) = reply {
        continuation.resume(throwing: RedisError(error))
      } else {
        continuation.resume(returning: reply)
      }
    case .batch(let batch, let index):
      if case .error(let error) = reply {
        batch.complete(index, .failure(RedisError(error)))
      } else {
        batch.complete(index, .success(reply))
      }
    }
  }

  /// Ends it with an error.
  func fail(_ error: RedisError) {
    switch self {
    case .call(let continuation): continuation.resume(throwing: error)
    case .batch(let batch, let index): batch.complete(index, .failure(error))
    }
  }

  /// Ends it because its task was cancelled.
  func cancel() {
    switch self {
    case .call(let continuation): continuation.resume(throwing: CancellationError())
    case .batch(let batch, _): batch.cancelOne()
    }
  }
}
