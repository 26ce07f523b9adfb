import NIOPosix
import OutboundHTTP
import PostgresClient

@testable import NotifierService

/// What one notifier process has for sending: its own pool, client and worker. It can be lost at any moment.
final class SenderProcess: Sendable {
  let worker: DeliveryWorker
  private let pool: PostgresPool
  private let client: OutboundClient
  private let task: Task<Void, Never>

  init(
    dsn: String, telegram: TelegramStandIn, rate: Int, lease: Duration, timeout: Duration = .seconds(5)
  ) throws {
    pool = try PostgresPool(PostgresPoolConfiguration(primary: try PostgresDSN(dsn)))
    var configuration = OutboundConfiguration()
    configuration.addressPolicy = try AddressPolicy(allowing: "127.0.0.0/8")
    configuration.maxConnectionsPerHost = 40
    client = try OutboundClient(
      configuration: configuration, group: MultiThreadedEventLoopGroup.singleton, logger: quiet)
    let api = TelegramAPI(base: telegram.url, token: "7:test", poster: OutboundPoster(client: client))
    let worker = DeliveryWorker(
      sender: TelegramSender(api: api, messagesPerSecond: rate, timeout: timeout), store: DeliveryStore(pool: pool),
      retries: RetrySchedule(maximumFailures: 50, firstPause: .milliseconds(50), longestPause: .milliseconds(200)),
      secrets: try Secrets(hexadecimalKeys: [secretKey]), logger: quiet, lease: lease)
    self.worker = worker
    task = Task {
      // Ends by cancellation.
      try? await worker.run()
    }
  }

  /// Lost as by kill -9: its database connections end at once, so that nothing more is recorded, and what it has on the
  /// wire goes on to the other side or not.
  func kill() async {
    await pool.close(grace: .zero)
    task.cancel()
    await client.shutdown()
    await task.value
  }

  /// Ends in good order.
  func stop() async {
    task.cancel()
    await task.value
    await pool.close()
    await client.shutdown()
  }
}
