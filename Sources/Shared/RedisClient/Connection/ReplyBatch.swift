/// Collects the replies of commands that were sent together. Touched on the connection's event loop only.
final class ReplyBatch: @unchecked Sendable {
  typealias Results = [Result<RESPValue, RedisError>]

  private var results: [Result<RESPValue, RedisError>?]
  private var remaining: Int
  private var wasCancelled = false
  private let continuation: UnsafeContinuation<Results, any Error>

  init(count: Int, continuation: UnsafeContinuation<Results, any Error>) {
    self.results = Array(repeating: nil, count: count)
    self.remaining = count
    self.continuation = continuation
  }

  /// Sets one result; each index is completed once.
  func complete(_ index: Int, _ result: Result<RESPValue, RedisError>) {
    results[index] = result
    finishOne()
  }

  /// Ends one command without a result; the whole call then throws `CancellationError`.
  func cancelOne() {
    wasCancelled = true
    finishOne()
  }

  private func finishOne() {
    remaining -= 1
    guard remaining == 0 else { return }
    if wasCancelled {
      continuation.resume(throwing: CancellationError())
    } else {
      continuation.resume(returning: results.compactMap { $0 })
    }
  }
}
