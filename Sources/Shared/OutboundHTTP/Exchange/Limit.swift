/// Runs `body` with a time limit. When it is over the body's task is cancelled, and awaited: what stands in it must
/// end soon after cancellation.
///
/// - Throws: `OutboundError` `.timeout` that names the phase; else what `body` throws.
func withLimit<Result: Sendable>(
  _ limit: Duration, _ phase: String, _ body: @escaping @Sendable () async throws -> Result
) async throws -> Result {
  try await withThrowingTaskGroup(of: Result?.self) { group in
    group.addTask { try await body() }
    group.addTask {
      try await Task.sleep(for: limit)
      return nil
    }
    defer { group.cancelAll() }
    guard let first = try await group.next(), let result = first else {
      throw OutboundError(.timeout, "\(phase) took longer than \(limit)")
    }
    return result
  }
}
