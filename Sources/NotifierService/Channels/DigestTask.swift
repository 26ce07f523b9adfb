internal import Logging

/// Writes digests as they come due.
struct DigestTask: Sendable {
  let store: DigestStore
  let logger: Logger

  private static let longestPause = Duration.seconds(30)

  /// Runs until the task is cancelled.
  func run() async throws {
    while true {
      let count = try await store.flush()
      if count > 0 { logger.info("digests were made", metadata: ["count": "\(count)"]) }
      let due = try await store.nextDue()
      let pause = due.map { $0.elapsed(since: .now()) } ?? Self.longestPause
      try await Task.sleep(for: min(max(pause, .milliseconds(100)), Self.longestPause))
    }
  }
}
