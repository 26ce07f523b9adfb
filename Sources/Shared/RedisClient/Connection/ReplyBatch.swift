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

  /// Adds the next command's result; the call ends with the last.
  func append(_ result: Result<RESPValue, RedisError>) {
    results.append(result)
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
