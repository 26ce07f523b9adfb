/// What the cache does beside requests, a few at a time and in bounded number.
final class CacheWork: Sendable {
  enum Job: Sendable {
    /// Fetch a newer answer.
    case renew(CacheEntry)
    /// Give it to the other gateways.
    case share(CacheEntry)
  }

  private static let maximumWaiting = 1024
  private static let maximumRunning = 32

  private let jobs: AsyncStream<Job>
  private let intake: AsyncStream<Job>.Continuation

  init() {
    (jobs, intake) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(Self.maximumWaiting))
  }

  /// - Returns: false when too much waits already.
  func add(_ job: Job) -> Bool {
    if case .enqueued = intake.yield(job) { return true }
    return false
  }

  /// Does what is added until the task is cancelled.
  func run(_ body: @escaping @Sendable (Job) async -> Void) async {
    await withTaskGroup(of: Void.self) { group in
      var running = 0
      for await job in jobs {
        if running >= Self.maximumRunning {
          await group.next()
          running -= 1
        }
        running += 1
        group.addTask { await body(job) }
      }
      group.cancelAll()
    }
  }
}
