internal import Logging
internal import Synchronization

/// A service's background tasks as one thing to start and to stop.
final class SupervisedTasks: Sendable {
  private let tasks: [BackgroundTask]
  private let supervisor: TaskSupervisor<ContinuousClock>
  private let running = Mutex<Task<Void, Never>?>(nil)

  init(_ tasks: [BackgroundTask], logger: Logger) {
    self.tasks = tasks
    supervisor = TaskSupervisor(logger: logger, registry: .shared, clock: ContinuousClock())
  }

  func start() {
    running.withLock { running in
      guard running == nil, !tasks.isEmpty else { return }
      running = Task { await supervisor.run(tasks) }
    }
  }

  /// Cancels all, and returns when the last has returned.
  func stop() async {
    let task = running.withLock { $0 }
    task?.cancel()
    await task?.value
  }
}
