internal import Logging
internal import PostgresClient

/// Wakes workers when another process, or another transaction of this one, has made something to send.
struct WorkNotifications: Sendable {
  let pool: PostgresPool
  let workers: [DeliveryWorker]

  /// Listens until the task is cancelled.
  func run() async throws {
    for try await _ in try pool.listen(DeliveryStore.notificationChannel) {
      for worker in workers { worker.wake() }
    }
    try Task.checkCancellation()
  }
}
