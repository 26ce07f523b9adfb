internal import CoreMetrics
internal import Logging

/// Keeps background tasks running. Failures are counted; the log hears of a task once when it begins to fail and once
/// when it has been well again for a while.
struct TaskSupervisor<C: Clock>: Sendable where C.Duration == Duration {
  let logger: Logger
  let registry: PrometheusRegistry
  let clock: C
  var backoff = RestartBackoff()
  /// How long a task must run to count as well.
  var stableAfter = Duration.seconds(30)
  /// 0 to 1, for the jitter.
  var random: @Sendable () -> Double = { Double.random(in: 0...1) }

  /// Runs all until cancelled or done.
  func run(_ tasks: [BackgroundTask]) async {
    await withDiscardingTaskGroup { group in
      for task in tasks { group.addTask { await supervise(task) } }
    }
  }

  private func supervise(_ task: BackgroundTask) async {
    let labels = [("task", task.name)]
    let failures = registry.makeCounter(label: "background_task_failures_total", dimensions: labels)
    let running = registry.makeMeter(label: "background_task_running", dimensions: labels)
    var backoff = self.backoff
    var isFailing = false
    defer { running.set(Int64(0)) }
    while !Task.isCancelled {
      running.set(Int64(1))
      let outcome = await runOnce(task, isFailing: isFailing)
      running.set(Int64(0))
      if outcome.wasStable {
        isFailing = false
        backoff.reset()
      }
      guard let error = outcome.error else {
        if !Task.isCancelled { logger.info("background task is done", metadata: ["task": "\(task.name)"]) }
        return
      }
      if Task.isCancelled { return }
      failures.increment(by: 1)
      let wait = backoff.next(random: random())
      let metadata: Logger.Metadata = [
        "task": "\(task.name)", "restart_in": "\(wait)",
      ]
      if isFailing {
        logger.debug("background task failed again", error: error, metadata: metadata)
      } else {
        logger.error("background task fails; it is restarted until it is well", error: error, metadata: metadata)
      }
      isFailing = true
      do { try await clock.sleep(for: wait) } catch { return }
    }
  }

  private struct Outcome: Sendable {
    var error: (any Error)?
    /// It ran long enough to count as well.
    var wasStable: Bool
  }

  private func runOnce(_ task: BackgroundTask, isFailing: Bool) async -> Outcome {
    await withTaskGroup(of: Outcome?.self) { group in
      group.addTask {
        do {
          try await task.body()
          return Outcome(error: nil, wasStable: false)
        } catch {
          return Outcome(error: error, wasStable: false)
        }
      }
      group.addTask {
        do {
          try await clock.sleep(for: stableAfter)
        } catch {
          // Cancelled together with the task, whose own outcome is the one that counts.
          return nil
        }
        if isFailing { logger.notice("background task is well again", metadata: ["task": "\(task.name)"]) }
        return nil
      }
      var wasStable = false
      while let outcome = await group.next() {
        guard var outcome else {
          wasStable = true
          continue
        }
        group.cancelAll()
        outcome.wasStable = wasStable
        return outcome
      }
      return Outcome(error: nil, wasStable: wasStable)
    }
  }
}
