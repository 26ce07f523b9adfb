import HTTPTransport
import MeshRPC
import NIOCore
import NIOPosix
import RPCTools

/// A whole load test: workers, their connections, the line that tells how it goes, and the end.
struct LoadRun {
  let plan: LoadPlan
  let settings: LoadConnectionSettings
  let address: SocketAddress
  let mix: RequestMix

  struct Result {
    var figures: LoadFigures
    /// For how long requests were counted.
    var seconds: Double
    var wasInterrupted: Bool
  }

  private enum Event { case drained, interrupted, ended }

  func run(on group: any EventLoopGroup, progress: LoadProgress) async throws -> Result {
    let workers = (0..<plan.threads).map { index in
      LoadWorker(plan, mix: mix, index: index, executor: EventLoopExecutor(group.next()))
    }
    let clock = ContinuousClock()
    return try await withThrowingTaskGroup(of: Event.self) { tasks in
      tasks.addTask {
        for await _ in StopSignals.stream() { return .interrupted }
        return .ended
      }
      for (index, worker) in workers.enumerated() {
        for _ in 0..<plan.share(plan.connections, of: index) {
          let slot = LoadSlot(worker: worker, address: address, settings: settings)
          tasks.addTask(executorPreference: worker.executor) {
            await slot.run()
            return .ended
          }
        }
      }
      let started = clock.now
      let start = NIODeadline.now()
      for worker in workers { worker.eventLoop.execute { worker.begin(at: start) } }
      tasks.addTask {
        await progress.run(workers)
        return .ended
      }
      tasks.addTask {
        for worker in workers { try await worker.whenDrained.get() }
        return .drained
      }
      var wasInterrupted = false
      for try await event in tasks where event != .ended {
        wasInterrupted = event == .interrupted
        break
      }
      let elapsed = clock.now - started - plan.warmUp
      for worker in workers { try await worker.eventLoop.submit { worker.breakOff() }.get() }
      tasks.cancelAll()
      var figures = LoadFigures(endpoints: mix.names.count)
      for worker in workers { figures.add(try await worker.eventLoop.submit { worker.look().figures }.get()) }
      try await tasks.waitForAll()
      return Result(
        figures: figures, seconds: max(0, min(elapsed, plan.duration).seconds), wasInterrupted: wasInterrupted)
    }
  }
}
