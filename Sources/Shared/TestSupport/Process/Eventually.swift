/// Waits for a condition that another process or task brings about: looks every few milliseconds, up to a bound.
///
/// - Throws: `TestProcess.Failure` naming `what` when the time is over, or the task's cancellation.
package func eventually(
  _ what: String, within limit: Duration = .seconds(10), _ condition: () async throws -> Bool
) async throws {
  let end = ContinuousClock.now + limit
  while true {
    if try await condition() { return }
    guard ContinuousClock.now < end else {
      throw TestProcess.Failure("waited \(limit) in vain for: \(what)")
    }
    try await Task.sleep(for: .milliseconds(5))
  }
}
