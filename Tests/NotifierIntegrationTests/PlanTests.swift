import MeshMessages
import PostgresClient
import ProtobufBridge
import TestSupport
import Testing

@testable import NotifierService

@Suite("Plans of the notifier's statements")
struct PlanTests {
  private static let largeTables: Set<String> = ["channel", "alert", "told_deal", "delivery", "digest_entry", "pace"]

  /// Whatever the values are, and for these values: a prepared statement may come to use either.
  @Test("No statement of the whole service reads a whole large table", .timeLimit(.minutes(2)))
  func indexBound() async throws {
    let server = try await PrivatePostgres.start(settings: PlanLog.settings)
    for mode in ["force_custom_plan", "force_generic_plan"] {
      // A database each: the events of a stand-in begin anew, and the inbox would pass them over.
      let dsn = try await Servers.database(on: server)
      try await withStore(dsn) { pool, _ in try await Self.fill(pool) }
      var log = PlanLog(server)
      let planned = dsn.replacing("options='", with: "options='-c plan_cache_mode=\(mode) ")
      try await Notifier.run(planned) { try await Self.use($0) }
      let plans = log.plans()
      #expect(plans.count > 60)
      // Where operators are told how many there are, counting ends at 10,000.
      for plan in plans {
        #expect(Self.largeTables.isDisjoint(with: plan.sequentialScans(over: 10_000)), "\(mode): \(plan)")
      }
    }
    try await server.tearDown()
  }

  /// 20,000 chats, an alert of each, deliveries that were sent, dropped or parked, and digests that wait.
  private static func fill(_ pool: PostgresPool) async throws {
    for sql in [
      """
      INSERT INTO channel (subscriber, kind, address, verified_at)
      SELECT 's' || n, 1, (100000 + n)::text, CASE WHEN n % 100 > 0 THEN now() END FROM generate_series(1, 20000) n
      """,
      """
      INSERT INTO alert (subscriber, product_id, category, rule, amount, currency, basis_points, expires_at)
      SELECT 's' || n, CASE WHEN n % 5 > 0 THEN n END, CASE WHEN n % 5 = 0 THEN 'a/' || n % 200 END,
        CASE WHEN n % 5 > 0 THEN 5 ELSE 11 END, 100000, 'TRY', 1500, now() + n * interval '1 hour'
      FROM generate_series(1, 20000) n
      """,
      """
      INSERT INTO delivery (alert_id, event_transaction, event_sequence, channel_id, subscriber, kind, purpose, state,
        created_at, sent_at, text, body, idempotency_key)
      SELECT n % 20000 + 1, n, n, n % 20000 + 1, 's' || n % 20000 + 1, 1, 1,
        CASE WHEN n % 1000 = 3 THEN 3 WHEN n % 50 = 4 THEN 4 ELSE 2 END, now() - n * interval '1 minute',
        CASE WHEN n % 1000 <> 3 AND n % 50 <> 4 THEN now() - n * interval '1 minute' END, 'text', 'body', n::text
      FROM generate_series(1, 40000) n
      """,
      "INSERT INTO told_deal SELECT n, n, now() - n * interval '1 minute' FROM generate_series(1, 20000) n",
      """
      INSERT INTO digest_entry (channel_id, alert_id, event_transaction, event_sequence, due_at, text, body)
      SELECT n, n, n, n, now() + n * interval '1 minute', 'text', 'body' FROM generate_series(1, 20000) n
      """,
      "INSERT INTO pace SELECT 1, (100000 + n)::text, now(), now() FROM generate_series(1, 20000) n",
      "ANALYZE",
    ] { try await pool.execute(sql) }
  }

  private static func use(_ notifier: Notifier) async throws {
    let client = notifier.client
    let subscriber = "newcomer"
    let product = Int64(900_000)
    let channel = try await notifier.chat(900, of: subscriber)
    let alert = try await notifier.target(subscriber, product: product)
    notifier.pricing.append([price(99_000, listing: product, product: product)])
    try await waitUntil("the chat is told") { notifier.telegram.accepted.contains { $0.chat == "900" } }
    // As the sender, the bot and the upkeep do it.
    let pool = notifier.pool
    try await pool.execute(
      "UPDATE digest_entry SET due_at = now() WHERE channel_id BETWEEN $1 AND $1 + 5", [100])
    let digests = DigestStore(pool: pool)
    _ = try await digests.nextDue()
    _ = try await digests.flush()
    try await Upkeep(pool: pool, retention: .days(20)).run()
    // Each call.
    _ = try await client.registerChannel(
      .with { ($0.subscriber, $0.kind, $0.address) = (subscriber, .telegram, "77000") })
    _ = try await client.listChannels(.with { $0.subscriber = subscriber })
    _ = try await client.sendTest(.with { ($0.subscriber, $0.channelId) = (subscriber, channel) })
    _ = try await client.listAlerts(.with { $0.subscriber = "s77" })
    _ = try await client.updateAlert(
      .with {
        $0.alert = .with { ($0.id, $0.subscriber, $0.paused) = (alert.id, subscriber, true) }
        $0.updateMask = .with { $0.paths = ["paused"] }
      })
    _ = try await client.listDeliveries(.with { $0.subscriber = "s77" })
    _ = try await client.listDeliveries(.with { ($0.subscriber, $0.state) = ("s77", .parked) })
    _ = try await client.listDeliveries(.with { $0.state = .parked })
    _ = try await client.listDeliveries(.with { $0.alertId = 77 })
    _ = try await client.retryDelivery(.with { $0.id = 1003 })
    _ = try await client.getStatus(.init())
    _ = try await client.deleteAlert(.with { ($0.subscriber, $0.id) = (subscriber, alert.id) })
    _ = try await client.removeChannel(.with { ($0.subscriber, $0.id) = (subscriber, channel) })
  }
}
