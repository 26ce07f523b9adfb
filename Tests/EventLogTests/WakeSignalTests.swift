import Testing

@testable import EventLog

@Suite("Waking those who wait")
struct WakeSignalTests {
  @Test("A wake-up between looking and waiting is not lost")
  func notLost() async throws {
    let signal = WakeSignal()
    let seen = signal.generation
    signal.wake()
    try await signal.wait(after: seen)
  }

  @Test("All who wait are woken")
  func all() async throws {
    let signal = WakeSignal()
    let seen = signal.generation
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<50 { group.addTask { try await signal.wait(after: seen, timeout: .seconds(3600)) } }
      group.addTask { signal.wake() }
      try await group.waitForAll()
    }
  }

  @Test("Who is cancelled stops waiting with CancellationError, before or while it waits")
  func cancelled() async {
    let signal = WakeSignal()
    for timeout in [nil, Duration.seconds(3600)] {
      let task = Task {
        if let timeout { try await signal.wait(after: 0, timeout: timeout) } else { try await signal.wait(after: 0) }
      }
      task.cancel()
      await #expect(throws: CancellationError.self) { try await task.value }
    }
  }
}
