/// Who waits for replies. Each is completed exactly once, by the queue that holds it.
enum ReplyCompletion {
  /// One call.
  case call(UnsafeContinuation<RESPValue, any Error>)
  /// A batch.
  case batch(ReplyBatch)

  /// Hands over the next replies, `range` of `replies`: one for a call, whose error is thrown.
  ///
  /// - Returns: how many of them are errors.
  @inline(__always)
  func succeed(_ replies: [RESPValue], _ range: Range<Int>) -> Int {
    switch self {
    case .call(let continuation):
      if case .error(let error) = replies[range.lowerBound] {
        continuation.resume(throwing: RedisError(error))
        return 1
      }
      continuation.resume(returning: replies[range.lowerBound])
      return 0
    case .batch(let batch):
      return batch.append(replies, range)
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
