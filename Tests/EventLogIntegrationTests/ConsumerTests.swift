import CoreMetrics
import MeshMessages
import MeshRPC
import MetricsTestKit
import PostgresClient
import Synchronization
import TestSupport
import Testing

@testable import EventLog
@testable import EventLogRPC

@Suite("Consumers and their cursors")
struct ConsumerTests {
  private static func feed(_ pool: PostgresPool, _ schema: String) throws -> EventFeed {
    var configuration = EventFeedConfiguration()
    configuration.logger = silent
    configuration.pollInterval = .milliseconds(20)
    configuration.heartbeatInterval = .milliseconds(200)
    return try EventFeed(pool: pool, schema: schema, configuration: configuration)
  }

  private static func configuration(
    _ change: (inout EventConsumerConfiguration) -> Void = { _ in }
  ) -> EventConsumerConfiguration {
    var configuration = EventConsumerConfiguration()
    configuration.logger = silent
    configuration.leaseDuration = .milliseconds(600)
    configuration.cursorInterval = .zero
    configuration.reconnectBackoff = .milliseconds(5)...Duration.milliseconds(50)
    configuration.applyBackoff = .milliseconds(1)...Duration.milliseconds(20)
    change(&configuration)
    return configuration
  }

  private static func consumer(
    _ pool: PostgresPool, _ schema: String, _ channel: RPCChannel,
    _ change: (inout EventConsumerConfiguration) -> Void = { _ in },
    apply: @escaping EventConsumer<PricingV1.PricingEvent>.Apply
  ) throws -> EventConsumer<PricingV1.PricingEvent> {
    try EventConsumer(
      pool: pool, schema: schema, source: "pricing", configuration: configuration(change), client: channel,
      method: PricingV1.PricingService.Methods.subscribe, apply: apply)
  }

  /// A table in which each event leaves one row, in the order of their application.
  private static func makeEffects(_ pool: PostgresPool, _ schema: String) async throws {
    try await pool.execute(
      "CREATE TABLE \(schema).effect (place bigserial, number bigint PRIMARY KEY, key bigint NOT NULL)")
  }

  private static func insert(
    _ schema: String
  ) -> EventConsumer<PricingV1.PricingEvent>.Apply {
    { events, transaction in
      try await transaction.execute(
        """
        INSERT INTO \(schema).effect (number, key)
        SELECT number, key FROM unnest($1::bigint[], $2::bigint[]) WITH ORDINALITY AS e (number, key, n) ORDER BY n
        """, [events.map(\.number), events.map(\.key)])
    }
  }

  private static func count(_ pool: PostgresPool, _ schema: String) async throws -> Int {
    try await pool.read("SELECT count(*) FROM \(schema).effect").scalar(Int.self) ?? -1
  }

  @Test("Events are applied once and in order, cursors stand at the log's head, and a restart goes on from there")
  func appliesOnce() async throws {
    try await withService("inbox_once") { pool in
      try await Self.makeEffects(pool, "inbox_once")
      let outbox = Outbox(schema: "inbox_once")
      let feed = try Self.feed(pool, "inbox_once")
      let metrics = TestMetrics()
      try await FeedServer.serving(feed) { channel in
        for round in 0..<3 {
          let first = Int64(round * 700)
          try await pool.append(outbox, (first..<first + 700).map { try numbered($0, key: $0 % 50) })
          let consumer = try Self.consumer(
            pool, "inbox_once", channel, { $0.metrics = metrics }, apply: Self.insert("inbox_once"))
          let head = try await pool.lastPosition("inbox_once")
          try await running({ try await consumer.run() }) {
            try await waitUntil("all are applied") { try await Self.count(pool, "inbox_once") == (round + 1) * 700 }
            try await waitUntil("cursors are at the head") {
              try await pool.read(
                "SELECT count(*) FROM inbox_once.event_inbox WHERE transaction = $1::xid8 AND sequence = $2",
                [String(head.transaction), head.sequence]
              ).scalar(Int.self) == 64
            }
          }
        }
      }
      let rows = try await pool.read("SELECT key, number FROM inbox_once.effect ORDER BY key, place")
      let pairs = try rows.decode((Int64, Int64).self)
      #expect(zip(pairs, pairs.dropFirst()).allSatisfy { $0.0 < $1.0 || $0.1 < $1.1 })
      let dimensions = [("source", "pricing"), ("consumer", "inbox_once")]
      let applied = try metrics.expectCounter("event_consumer_applied_total", dimensions)
      #expect(applied.values.reduce(0, +) == 2100)
      #expect(try metrics.expectGauge("event_consumer_lag_events", dimensions).lastValue == 0)
      #expect(try metrics.expectGauge("event_consumer_lag_seconds", dimensions).lastValue == 0)
      // Left in order: nothing is held any more.
      #expect(
        try await pool.read("SELECT count(*) FROM inbox_once.event_inbox WHERE owner IS NOT NULL").scalar(Int.self) == 0
      )
    }
  }

  @Test("An event that cannot be applied is retried and seen, lets those before it through, and is never skipped")
  func poison() async throws {
    try await withService("inbox_poison") { pool in
      try await Self.makeEffects(pool, "inbox_poison")
      let outbox = Outbox(schema: "inbox_poison")
      let isBroken = Mutex(true)
      let metrics = TestMetrics()
      let insert = Self.insert("inbox_poison")
      try await pool.append(outbox, (1...100).map { try numbered($0, key: 1) })
      try await FeedServer.serving(Self.feed(pool, "inbox_poison")) { channel in
        let consumer = try Self.consumer(pool, "inbox_poison", channel, { $0.metrics = metrics }) {
          events, transaction in
          try await insert(events, transaction)
          if events.contains(where: { $0.number == 61 }), isBroken.withLock({ $0 }) { throw Enough() }
        }
        let dimensions = [("source", "pricing"), ("consumer", "inbox_poison")]
        try await running({ try await consumer.run() }) {
          try await waitUntil("it is stuck") {
            try metrics.expectGauge("event_consumer_stuck", dimensions).lastValue == 1
          }
          #expect(try await Self.count(pool, "inbox_poison") == 60)
          #expect(try metrics.expectCounter("event_consumer_apply_failures_total", dimensions).values.count > 2)
          #expect(try #require(try metrics.expectGauge("event_consumer_lag_events", dimensions).lastValue) >= 40)
          isBroken.withLock { $0 = false }
          try await waitUntil("all are applied") { try await Self.count(pool, "inbox_poison") == 100 }
          #expect(try metrics.expectGauge("event_consumer_stuck", dimensions).lastValue == 0)
        }
      }
      let order = try await pool.read("SELECT number FROM inbox_poison.effect ORDER BY place").scalars(Int64.self)
      #expect(order == Array(1...100))
    }
  }

  @Test("Consumers share the partitions evenly as they come and go, and a killed one's go to the others")
  func leases() async throws {
    let server = try await Servers.shared()
    try await withService("inbox_leases") { pool in
      try await Self.makeEffects(pool, "inbox_leases")
      let outbox = Outbox(schema: "inbox_leases")
      try await FeedServer.serving(Self.feed(pool, "inbox_leases")) { channel in
        let apply = Self.insert("inbox_leases")
        let first = try Self.consumer(pool, "inbox_leases", channel, apply: apply)
        let second = try Self.consumer(pool, "inbox_leases", channel, apply: apply)
        let doomedPool = try PostgresPool(
          PostgresPoolConfiguration(primary: PostgresDSN(server.dsn(user: "inbox_leases"))))
        let doomed = try Self.consumer(doomedPool, "inbox_leases", channel, apply: apply)
        try await running({ try await first.run() }) {
          try await waitUntil("one holds all") { first.heldPartitions.count == 64 }
          try await running({ try await second.run() }) {
            try await waitUntil("two hold halves") {
              first.heldPartitions.count == 32 && second.heldPartitions.count == 32
            }
            try await running({ try await doomed.run() }) {
              try await waitUntil("three hold thirds") {
                let counts = [first, second, doomed].map(\.heldPartitions.count).sorted()
                return counts == [21, 21, 22]
              }
              try await pool.append(outbox, (1...1000).map { try numbered($0, key: $0) })
              try await waitUntil("all are applied") { try await Self.count(pool, "inbox_leases") == 1000 }
              // As if killed: it says nothing more to the database, and gives nothing back.
              await doomedPool.close(grace: .zero)
              try await pool.append(outbox, (1001...2000).map { try numbered($0, key: $0) })
              try await waitUntil("all are applied by those who are left") {
                try await Self.count(pool, "inbox_leases") == 2000
              }
              #expect(first.heldPartitions.count + second.heldPartitions.count == 64)
            }
          }
          try await waitUntil("one holds all again") { first.heldPartitions.count == 64 }
        }
      }
    }
  }

  @Test("Who lost a partition cannot apply its events, even if it does not know yet")
  func fencing() async throws {
    try await withService("inbox_fence") { pool in
      @Sendable func leases(_ member: String) -> PartitionLeases {
        PartitionLeases(
          pool: pool, names: LogNames(schema: "inbox_fence"), source: "pricing", member: member,
          duration: .milliseconds(200))
      }
      @Sendable func cursor(_ member: String) -> InboxCursor {
        InboxCursor(
          pool: pool, names: LogNames(schema: "inbox_fence"), source: "pricing", member: member,
          leaseDuration: .milliseconds(200), idleTimeout: .seconds(30))
      }
      try await leases("old").prepare()
      let old = try await leases("old").tick()
      #expect(old.count == 64)
      try await waitUntil("the old one's leases have run out") {
        try await leases("new").tick().count == 64
      }
      let position = EventPosition(transaction: 10, sequence: 10)
      let error = await #expect(throws: EventLogError.self) {
        try await cursor("old").advance(old, to: position) { _, _ in Issue.record("applied") }
      }
      #expect(error?.code == .leaseLost)
      let new = try await leases("new").tick()
      try await cursor("new").advance(new, to: position) { stored, _ in #expect(stored[0] == .start) }
      // A cursor never goes back.
      try await cursor("new").advance(new, to: EventPosition(transaction: 9, sequence: 99)) { stored, _ in
        #expect(stored[0] == position)
      }
      #expect(try await cursor("new").positions(of: new)[63] == position)
    }
  }

  @Test("A consumer whose events were dropped keeps saying so and applies nothing")
  func dropped() async throws {
    try await withService("inbox_dropped") { pool in
      let outbox = Outbox(schema: "inbox_dropped")
      try await pool.append(outbox, (1...10).map { try numbered($0, key: $0) })
      try await pool.execute("UPDATE inbox_dropped.event_log_floor SET transaction = '9999999', sequence = 9")
      try await FeedServer.serving(Self.feed(pool, "inbox_dropped")) { channel in
        let stale = CommonV1.SubscribeRequest(after: CommonV1.EventPosition(transaction: 5, sequence: 5))
        let status = await #expect(throws: RPCError.self) {
          try await channel.serverStreaming(
            PricingV1.PricingService.Methods.subscribe, stale, options: CallOptions()
          ) { for try await _ in $0 {} }
        }
        #expect(status?.code == .outOfRange)
        let wrong = CommonV1.SubscribeRequest(partitions: [64])
        let invalid = await #expect(throws: RPCError.self) {
          try await channel.serverStreaming(
            PricingV1.PricingService.Methods.subscribe, wrong, options: CallOptions()
          ) { for try await _ in $0 {} }
        }
        #expect(invalid?.code == .invalidArgument)
        #expect(invalid?.message.contains("partitions") == true)
        let seen = Mutex<[EventLogError.Code]>([])
        let consumer = try EventConsumer<PricingV1.PricingEvent>(
          pool: pool, schema: "inbox_dropped", source: "pricing", configuration: Self.configuration(),
          subscribe: { _, _, _ in
            do {
              try await channel.serverStreaming(
                PricingV1.PricingService.Methods.subscribe, stale, options: CallOptions()
              ) { for try await _ in $0 {} }
            } catch let error as RPCError {
              let mapped = EventLogStatus.eventLogError(for: error)
              if let code = (mapped as? EventLogError)?.code { seen.withLock { $0.append(code) } }
              throw mapped
            }
          }, apply: { _, _ in Issue.record("applied") })
        try await running({ try await consumer.run() }) {
          try await waitUntil("it has asked again and again") { seen.withLock { $0.count } > 3 }
        }
        #expect(seen.withLock { Set($0) } == [.positionDropped])
      }
    }
  }
}
