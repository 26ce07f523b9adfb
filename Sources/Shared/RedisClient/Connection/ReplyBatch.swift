internal import CoreMetrics

/// Collects the replies of commands that were sent together, in their order. Touched on the connection's event loop
/// only.
final class ReplyBatch: @unchecked Sendable {
  typealias Results = [Result<RESPValue, RedisError>]

  /// How many commands there are.
  let count: Int
  private var results: Results = []
  private let continuation: UnsafeContinuation<Results, any Error>

  init(count: Int, continuation: UnsafeContinuation<Results, any Error>) {
    self.count = count
    self.continuation = continuation
    results.reserveCapacity(count)
  }

  /// Adds the next commands' replies, `range` of `replies`; the call ends with the last.
  ///
  /// - Parameter errors: counts those that are errors.
  func append(_ replies: [RESPValue], _ range: Range<Int>, errors: Counter) {
    for index in range {
      if case .error(let error) = replies[index] {
        errors.increment()
        results.append(.failure(RedisError(error)))
      } else {
        results.append(.success(replies[index]))
      }
    }
    if results.count == count { finish() }
  }

  /// Ends the call: the commands without a result have this one.
  func fail(_ error: RedisError) {
    while results.count < count { results.append(.failure(error)) }
    finish()
  }

  /// Ends the call with `CancellationError`.
  func cancel() {
    continuation.resume(throwing: CancellationError())
  }

  private func finish() {
    let results = results
    self.results = []
    continuation.resume(returning: results)
  }
}
