import NIOCore
import NIOPosix
import Dispatch

@inline(never) func leaf(_ n: Int) async -> Int { n &+ 1 }
protocol H: Sendable { func run(_ n: Int) async throws -> Int }
struct HH: H { func run(_ n: Int) async throws -> Int { await leaf(n) &+ 1 } }

let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
let loop = group.next()
nonisolated(unsafe) var done = 0
let N = 2_000_000
func bench(_ name: String, _ start: @escaping @Sendable (any H) -> Void) {
  let t0 = DispatchTime.now().uptimeNanoseconds
  let p = loop.makePromise(of: Void.self)
  loop.execute {
    done = 0
    func tick() {
      let before = done
      for _ in 0..<32 { start(HH()) }
      if done == before { }
      if done < N { loop.execute { tick() } } else { p.succeed(()) }
    }
    tick()
  }
  try! p.futureResult.wait()
  let t = DispatchTime.now().uptimeNanoseconds - t0
  print(name, Double(t) / Double(N), "ns/op")
}
final class LoopExecutor: TaskExecutor, @unchecked Sendable {
  let loop: any EventLoop
  var queue: [UnownedJob] = []
  var spare: [UnownedJob] = []
  var scheduled = false
  init(_ l: any EventLoop) { loop = l }
  func enqueue(_ job: consuming ExecutorJob) {
    let j = UnownedJob(job)
    if loop.inEventLoop {
      queue.append(j)
      if !scheduled { scheduled = true; loop.execute { self.drain() } }
    } else {
      loop.execute { j.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
  }
  func drain() {
    scheduled = false
    var jobs = spare
    swap(&jobs, &queue)
    let me = asUnownedTaskExecutor()
    for j in jobs { j.runSynchronously(on: me) }
    jobs.removeAll(keepingCapacity: true)
    spare = jobs
  }
}
let ex = LoopExecutor(loop)
bench("Task pref") { h in Task(executorPreference: ex) { _ = try await h.run(1); done += 1 } }
bench("immediate pref") { h in Task.immediate(executorPreference: ex) { _ = try await h.run(1); done += 1 } }
bench("immediate nopref") { h in Task.immediate { _ = try await h.run(1); done += 1 } }
loop.execute {
  let d = done
  Task.immediate(executorPreference: ex) { _ = try await HH().run(1); done += 1 }
  print("sync?", done == d + 1)
}
try! await group.shutdownGracefully()
