internal import CoreMetrics

/// Who waits for replies. Each is completed exactly once, by the queue that holds it.
enum ReplyCompletion {
  /// One call.
  case call(UnsafeContinuation<RESPValue, any Error>)
  /// A batch.
  case batch(ReplyBatch)

  /// Hands over the next replies, `range` of `replies`: one for a call, whose error is thrown.
  ///
  /// - Parameter errors: counts those that are errors, before anyone hears of them.
  @inline(__always)
  func succeed(_ replies: [RESPValue], _ range: Range<Int>, errors: Counter) {
    switch self {
    case .call(let continuation):
      if case .error(let error) = replies[range.lowerBound] {
        errors.increment()
        continuation.resume(throwing: RedisError(error))
      } else {
        continuation.resume(returning: replies[range.lowerBound])
      }
    case .batch(let batch):
      batch.append(replies, range, errors: errors)
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
