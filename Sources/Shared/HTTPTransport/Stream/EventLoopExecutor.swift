package import NIOCore

/// Runs Swift tasks on one event loop, so that a request's task needs no hop to reach its connection.
///
/// Jobs that are enqueued on the loop itself wait in a plain array and run together in the loop's next turn: one NIO
/// task for a burst instead of one for each. Jobs from other threads go through the loop's own queue.
package final class EventLoopExecutor: TaskExecutor, @unchecked Sendable {
  package let eventLoop: any EventLoop
  // Touched on `eventLoop` only.
  private var ready: [UnownedJob] = []
  private var spare: [UnownedJob] = []
  private var isScheduled = false
  private var scratchFields = HeaderBlock()

  package init(_ eventLoop: any EventLoop) {
    self.eventLoop = eventLoop
  }

  /// Lends an empty block, so that the fields of an answer given at once cost no memory. Call on the loop.
  package func withScratchFields(_ body: (inout HeaderBlock) -> Void) {
    eventLoop.assertInEventLoop()
    var fields = HeaderBlock()
    swap(&fields, &scratchFields)
    fields.removeAll()
    body(&fields)
    swap(&fields, &scratchFields)
  }

  package func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    if eventLoop.inEventLoop {
      ready.append(job)
      if !isScheduled {
        isScheduled = true
        eventLoop.execute { self.drain() }
      }
    } else {
      eventLoop.execute { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
  }

  private func drain() {
    isScheduled = false
    swap(&ready, &spare)
    let executor = asUnownedTaskExecutor()
    for job in spare { job.runSynchronously(on: executor) }
    spare.removeAll(keepingCapacity: spare.count <= 1024)
  }
}
