/// Something that must be well for the service to be of use.
package struct ReadinessCheck: Sendable {
  package let name: String
  /// Whether the service is not ready while this fails. If not, it is ready and says so.
  package let isRequired: Bool
  /// How long an answer may take.
  package let timeout: Duration
  /// Returns when all is well; throws when not.
  let run: @Sendable () async throws -> Void

  package init(
    _ name: String, isRequired: Bool = true, timeout: Duration = .seconds(2),
    _ run: @escaping @Sendable () async throws -> Void
  ) {
    self.name = name
    self.isRequired = isRequired
    self.timeout = timeout
    self.run = run
  }

  /// Runs it within its time.
  ///
  /// - Returns: what is wrong, safe to show to operators; nil when all is well.
  func failure() async -> String? {
    await withTaskGroup(of: String?.self) { group in
      group.addTask {
        do {
          try await run()
          return nil
        } catch {
          return SafeDescription.of(error)
        }
      }
      group.addTask { [timeout] in
        // A cancelled sleep ends at once; the answer has come then, and this one is not looked at.
        try? await Task.sleep(for: timeout)
        return "no answer within \(DurationText.format(timeout))"
      }
      let first = await group.next() ?? nil
      group.cancelAll()
      return first
    }
  }
}
