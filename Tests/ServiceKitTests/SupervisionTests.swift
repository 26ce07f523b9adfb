import Synchronization
import Testing

@testable import ServiceKit

@Suite("Supervision of background tasks")
struct SupervisionTests {
  private struct Broken: Error {}

  private func failures(_ registry: PrometheusRegistry, _ task: String) -> Int {
    let prefix = "background_task_failures_total{task=\"\(task)\"} "
    let line = registry.exposition().split(separator: "\n").first { $0.hasPrefix(prefix) }
    return line.flatMap { Int($0.dropFirst(prefix.count)) } ?? 0
  }

  @Test("A task that throws is restarted after pauses that double, is counted, and is logged once")
  func restarts() async {
    let (clock, log, registry) = (TestClock(), CapturedLog(), PrometheusRegistry())
    var supervisor = TaskSupervisor(logger: log.logger, registry: registry, clock: clock)
    supervisor.random = { 0 }
    let runs = Atomic<Int>(0)
    let task = BackgroundTask("consumer") {
      runs.add(1, ordering: .relaxed)
      throw Broken()
    }
    let running = Task { [supervisor] in await supervisor.run([task]) }
    for wait in [200, 400, 800, 1600] {
      await clock.untilAsleep { $0 == [.milliseconds(wait)] }
      clock.advance(by: .milliseconds(wait))
    }
    await clock.untilAsleep { $0 == [.milliseconds(3200)] }
    #expect(runs.load(ordering: .relaxed) == 5)
    #expect(failures(registry, "consumer") == 5)
    #expect(log.messages == ["error: background task fails; it is restarted until it is well"])
    running.cancel()
    await running.value
    #expect(runs.load(ordering: .relaxed) == 5)
  }

  @Test("A task that runs long enough is well again: logged once, and its pauses begin anew")
  func recovers() async {
    let (clock, log, registry) = (TestClock(), CapturedLog(), PrometheusRegistry())
    var supervisor = TaskSupervisor(logger: log.logger, registry: registry, clock: clock)
    supervisor.random = { 0 }
    let runs = Atomic<Int>(0)
    let task = BackgroundTask("consumer") {
      // The third run lasts.
      if runs.add(1, ordering: .relaxed).newValue == 3 { try await clock.sleep(for: .seconds(100)) }
      throw Broken()
    }
    let running = Task { [supervisor] in await supervisor.run([task]) }
    await clock.untilAsleep { $0 == [.milliseconds(200)] }
    clock.advance(by: .milliseconds(200))
    await clock.untilAsleep { $0 == [.milliseconds(400)] }
    clock.advance(by: .milliseconds(400))
    await clock.untilAsleep { $0 == [.seconds(30), .seconds(100)] }
    clock.advance(by: .seconds(30))
    while log.messages.count < 2 { await Task.yield() }
    clock.advance(by: .seconds(70))
    await clock.untilAsleep { $0 == [.milliseconds(200)] }
    #expect(
      log.messages == [
        "error: background task fails; it is restarted until it is well", "notice: background task is well again",
        "error: background task fails; it is restarted until it is well",
      ])
    running.cancel()
    await running.value
  }

  @Test("A task that returns is done, and one that is cancelled ends without a word")
  func ends() async {
    let (clock, log, registry) = (TestClock(), CapturedLog(), PrometheusRegistry())
    let supervisor = TaskSupervisor(logger: log.logger, registry: registry, clock: clock)
    await supervisor.run([BackgroundTask("once") {}])
    #expect(log.messages == ["info: background task is done"])
    let started = Atomic<Bool>(false)
    let endless = BackgroundTask("endless") {
      started.store(true, ordering: .relaxed)
      try await clock.sleep(for: .seconds(1_000_000))
    }
    let running = Task { await supervisor.run([endless]) }
    while !started.load(ordering: .relaxed) { await Task.yield() }
    running.cancel()
    await running.value
    #expect(log.messages.count == 1)
    #expect(failures(registry, "endless") == 0)
  }

  @Test("Pauses grow to the maximum, and chance shortens them by up to a half")
  func backoff() {
    var backoff = RestartBackoff(initial: .milliseconds(100), maximum: .seconds(1))
    #expect((0..<6).map { _ in backoff.next(random: 0) } == [100, 200, 400, 800, 1000, 1000].map { .milliseconds($0) })
    #expect(backoff.next(random: 1) == .milliseconds(500))
    backoff.reset()
    #expect(backoff.next(random: 0) == .milliseconds(100))
    for _ in 0..<100 { _ = backoff.next(random: 0) }
    #expect(backoff.next(random: 0) == .seconds(1))
  }
}
