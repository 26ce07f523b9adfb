/// Waits for a condition that another process or task brings about: looks every few milliseconds, up to a bound.
///
/// The bound only ends a test that would hang; it is generous, for a busy machine must not fail a test.
///
/// - Parameter what: completes "waited in vain until …".
/// - Throws: `TestSupportError` naming `what` when the time is over, the condition's error, or the task's cancellation.
package func waitUntil(
  _ what: String, within limit: Duration = .seconds(30), _ condition: () async throws -> Bool
) async throws {
  let end = ContinuousClock.now + limit
  while try await !condition() {
    guard ContinuousClock.now < end else { throw TestSupportError("waited \(limit) in vain until \(what)") }
    try await Task.sleep(for: .milliseconds(5))
  }
}
