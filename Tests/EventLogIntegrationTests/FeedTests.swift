import CoreMetrics
import MeshMessages
import MetricsTestKit
import PostgresClient
import Synchronization
import TestSupport
import Testing

@testable import EventLog

@Suite("The owner's log and its streams")
struct FeedTests {
  private static func feed(
    _ pool: PostgresPool, _ schema: String, _ change: (inout EventFeedConfiguration) -> Void = { _ in }
  ) throws -> EventFeed {
    var configuration = EventFeedConfiguration()
    configuration.logger = silent
    configuration.pollInterval = .milliseconds(20)
    change(&configuration)
    return try EventFeed(pool: pool, schema: schema, configuration: configuration)
  }

  @Test("Events come in the order in which they were appended, in batches of the size asked for, from any position")
  func ordered() async throws {
    try await withService("feed_ordered") { pool in
      let outbox = Outbox(schema: "feed_ordered")
      let feed = try Self.feed(pool, "feed_ordered")
      for first in stride(from: 1, through: 91, by: 10) {
        try await pool.append(outbox, try (first..<first + 10).map { try numbered(Int64($0), key: Int64($0 % 7)) })
      }
      var sizes: [Int] = []
      let (events, horizon) = try await feed.collect(maxBatchSize: 7) { events, _ in
        sizes.append(events.count - sizes.reduce(0, +))
        return events.count == 100
      }
      #expect(events.map(\.number) == Array(1...100))
      #expect(sizes.allSatisfy { $0 <= 7 })
      #expect(events.allSatisfy { $0.partition == EventPartition.of($0.number % 7) })
      #expect(horizon == events.last?.position)
      let middle = try #require(events[49...].first?.position)
      let rest = try await feed.collect(after: middle) { events, _ in events.count == 50 }
      #expect(rest.events.map(\.number) == Array(51...100))
      #expect(try await feed.head() == horizon)
    }
  }

  @Test("What a transaction that rolled back appended is never seen, and no place is kept for it")
  func rolledBack() async throws {
    try await withService("feed_rollback") { pool in
      let outbox = Outbox(schema: "feed_rollback")
      try await pool.append(outbox, [numbered(1, key: 1)])
      await #expect(throws: Enough.self) {
        try await pool.withTransaction { transaction in
          try await outbox.append([numbered(2, key: 1)], in: transaction)
          throw Enough()
        }
      }
      try await pool.append(outbox, [numbered(3, key: 1)])
      let (events, _) = try await Self.feed(pool, "feed_rollback").collect { events, _ in events.count == 2 }
      #expect(events.map(\.number) == [1, 3])
    }
  }

  /// Two transactions; the first to begin is the last to commit. A stream reads in between.
  /// - Returns: the numbers that the stream and its successor saw.
  private func overtaken(_ schema: String, ignoringRule: Bool) async throws -> [Int64] {
    var seen: [Int64] = []
    try await withService(schema) { pool in
      let outbox = Outbox(schema: schema)
      let feed = try Self.feed(pool, schema) { $0.ignoresRunningTransactions = ignoringRule }
      try await pool.append(outbox, [numbered(0, key: 0)])
      var position = EventPosition.start
      try await pool.withTransaction { slow in
        try await outbox.append([numbered(1, key: 1)], in: slow)
        try await pool.append(outbox, [numbered(2, key: 2)])
        // All that can be read while the first is open: with the rule one event, without it two.
        let early = try await feed.collect { events, _ in events.count == (ignoringRule ? 2 : 1) }
        seen += early.events.map(\.number)
        position = early.horizon
      }
      try await pool.append(outbox, [numbered(3, key: 3)])
      seen += try await feed.collect(after: position) { events, _ in events.last?.number == 3 }.events.map(\.number)
    }
    return seen
  }

  @Test("A transaction that commits late is not skipped, and without the rule about running ones it is")
  func snapshotRule() async throws {
    #expect(try await overtaken("rule_kept", ignoringRule: false) == [0, 1, 2, 3])
    #expect(try await overtaken("rule_broken", ignoringRule: true) == [0, 2, 3])
  }

  @Test("A key's events keep their order though the later change is of the transaction with the earlier id")
  func orderWithinKey() async throws {
    try await withService("feed_keyorder") { pool in
      let outbox = Outbox(schema: "feed_keyorder")
      try await pool.execute("CREATE TABLE feed_keyorder.thing (id bigint PRIMARY KEY, version bigint)")
      try await pool.execute("INSERT INTO feed_keyorder.thing VALUES (1, 0), (2, 0)")
      try await pool.withTransaction { early in
        // Has its id from here.
        try await early.execute("UPDATE feed_keyorder.thing SET version = version + 1 WHERE id = 2")
        try await pool.withTransaction { late in
          try await late.execute("UPDATE feed_keyorder.thing SET version = version + 1 WHERE id = 1")
          try await outbox.append([numbered(1, key: 1)], in: late)
        }
        try await early.execute("UPDATE feed_keyorder.thing SET version = version + 1 WHERE id = 1")
        try await outbox.append([numbered(2, key: 1)], in: early)
      }
      let (events, _) = try await Self.feed(pool, "feed_keyorder").collect { events, _ in events.count == 2 }
      #expect(events.map(\.number) == [1, 2])
    }
  }

  @Test("A stream of some partitions gets theirs only, and its horizon moves with the others' events")
  func filtered() async throws {
    try await withService("feed_filter") { pool in
      let outbox = Outbox(schema: "feed_filter")
      let feed = try Self.feed(pool, "feed_filter") { $0.heartbeatInterval = .milliseconds(50) }
      try await pool.append(outbox, (1...500).map { try numbered($0, key: $0) })
      let wanted: Set = [EventPartition.of(3), EventPartition.of(4)]
      let head = try await pool.lastPosition("feed_filter")
      let (events, horizon) = try await feed.collect(partitions: wanted) { _, horizon in horizon == head }
      #expect(events.map(\.number) == (1...500).filter { wanted.contains(EventPartition.of($0)) })
      #expect(horizon == head)
      let quiet = try #require((1...).first { !wanted.contains(EventPartition.of($0)) })
      try await pool.append(outbox, [numbered(501, key: Int64(quiet))])
      let moved = try await feed.collect(after: horizon, partitions: wanted) { _, next in next > horizon }
      #expect(moved.events.isEmpty)
    }
  }

  @Test("Streams of all partitions that share what is read miss nothing, wherever they begin and however fast they are")
  func shared() async throws {
    try await withService("feed_shared") { pool in
      let outbox = Outbox(schema: "feed_shared")
      let (last, first): (Int64, Int64) = (3000, 1500)
      try await pool.append(outbox, (1...first).map { try numbered($0, key: $0) })
      // What one of them has read must not keep another from looking again: nobody polls.
      let feed = try Self.feed(pool, "feed_shared") { $0.pollInterval = .seconds(3600) }
      let middle = try #require(
        try await feed.collect { events, _ in events.count >= 700 }.events.first { $0.number == 700 }?.position)
      try await running({ try await feed.run() }) {
        try await waitUntil("the feed listens") {
          try await pool.read("SELECT count(*) FROM pg_stat_activity WHERE query = 'LISTEN \"feed_shared.event_log\"'")
            .scalar(Int.self) == 1
        }
        try await withThrowingTaskGroup(of: (from: Int64, [Int64]).self) { group in
          for (size, after) in [(1, middle), (7, .start), (500, .start), (1000, middle), (1000, .start)] {
            group.addTask {
              let events = try await feed.collect(after: after, maxBatchSize: size) { events, _ in
                events.last?.number == last
              }.events
              return (after == .start ? 1 : 701, events.map(\.number))
            }
          }
          for number in stride(from: first + 1, through: last, by: 100) {
            try await pool.append(outbox, try (number..<number + 100).map { try numbered($0, key: $0) })
          }
          for try await (from, numbers) in group { #expect(numbers == Array(from...last)) }
        }
      }
    }
  }

  @Test("Batches stay below the limit of bytes, and a large event comes alone")
  func byteLimit() async throws {
    try await withService("feed_bytes") { pool in
      let outbox = Outbox(schema: "feed_bytes")
      let feed = try Self.feed(pool, "feed_bytes") { $0.maximumBatchBytes = 1000 }
      let sizes = [400, 400, 400, 3000, 100, 100]
      try await pool.append(outbox, sizes.map { OutboxEvent(key: 1, payload: [UInt8](repeating: 7, count: $0)) })
      var batches: [[Int]] = []
      _ = try? await feed.stream(after: .start) { events, _ in
        if !events.isEmpty { batches.append(events.map(\.payload.count)) }
        if batches.joined().count == sizes.count { throw Enough() }
      }
      #expect(batches == [[400, 400], [400], [3000], [100, 100]])
      let error = await #expect(throws: EventLogError.self) {
        try await pool.append(
          outbox, [OutboxEvent(key: 1, payload: [UInt8](repeating: 0, count: OutboxEvent.maximumPayloadSize + 1))])
      }
      #expect(error?.code == .invalidArgument)
    }
  }

  @Test("NOTIFY wakes a stream long before it would look by itself")
  func wakeUp() async throws {
    try await withService("feed_wake") { pool in
      let outbox = Outbox(schema: "feed_wake")
      let feed = try Self.feed(pool, "feed_wake") { $0.pollInterval = .seconds(60) }
      let arrivals = AsyncStream<Int64>.makeStream()
      try await running({ try await feed.run() }) {
        try await running({
          try await feed.stream(after: .start) { events, _ in
            for event in events { arrivals.continuation.yield(event.number) }
          }
        }) {
          var latencies: [Duration] = []
          var iterator = arrivals.stream.makeAsyncIterator()
          // The first ones may find that the listening has not begun; each later one has to wake the stream.
          try await waitUntil("the feed listens") {
            try await pool.read("SELECT count(*) FROM pg_stat_activity WHERE query = 'LISTEN \"feed_wake.event_log\"'")
              .scalar(Int.self) == 1
          }
          for number in 1...200 {
            let start = ContinuousClock.now
            try await pool.append(outbox, [numbered(Int64(number), key: Int64(number))])
            while let arrived = await iterator.next(), arrived != number {}
            latencies.append(ContinuousClock.now - start)
          }
          latencies.sort()
          #expect(latencies[197] < .seconds(1), "p99 of \(latencies[197]), median \(latencies[100])")
        }
      }
    }
  }

  @Test("A stream finds by itself what no notification told of")
  func pollingFallback() async throws {
    try await withService("feed_poll") { pool in
      let feed = try Self.feed(pool, "feed_poll")
      try await running({ try await feed.run() }) {
        let payload = try numbered(1, key: 1).payload
        async let found = feed.collect { events, _ in events.count == 1 }
        // As an append whose notification was lost.
        try await pool.execute(
          """
          INSERT INTO feed_poll.event_log (transaction, partition, key, payload)
          VALUES (pg_current_xact_id(), 0, 1, $1)
          """, [payload])
        #expect(try await found.events.map(\.number) == [1])
      }
    }
  }

  @Test("A position of another log, or of a restored database, is refused")
  func unknownPosition() async throws {
    try await withService("feed_unknown") { pool in
      let outbox = Outbox(schema: "feed_unknown")
      let feed = try Self.feed(pool, "feed_unknown")
      try await pool.append(outbox, [numbered(1, key: 1)])
      let head = try await pool.lastPosition("feed_unknown")
      for position in [
        EventPosition(transaction: head.transaction + 1_000_000, sequence: 5),
        EventPosition(transaction: head.transaction, sequence: head.sequence + 1),
        EventPosition(transaction: 1, sequence: 1),
      ] {
        let error = await #expect(throws: EventLogError.self) { try await feed.stream(after: position) { _, _ in } }
        #expect(error?.code == .positionUnknown)
      }
      for (partitions, size) in [(Set([64]), 500), (Set([-1]), 500), (Set(), 0), (Set(), 1001)] {
        let error = await #expect(throws: EventLogError.self) {
          try await feed.stream(after: .start, partitions: partitions, maxBatchSize: size) { _, _ in }
        }
        #expect(error?.code == .invalidArgument)
      }
    }
  }

  @Test("Reading a big log begins at the position and goes along the partitions' indexes")
  func plan() async throws {
    try await withService("feed_plan") { pool in
      try await pool.execute(
        """
        INSERT INTO feed_plan.event_log (transaction, partition, key, payload, occurred_at)
        SELECT n::text::xid8, n % 64, n, '\\x00', to_timestamp(n * 10) FROM generate_series(1, 20000) AS g (n)
        """)
      let upkeep = LogUpkeep(
        pool: pool, names: LogNames(schema: "feed_plan"),
        configuration: {
          var configuration = EventFeedConfiguration()
          configuration.retention = .seconds(100 * 365 * 86_400)
          configuration.subscriberExpiry = configuration.retention
          configuration.logger = silent
          return configuration
        }(), metrics: FeedMetrics(log: "feed_plan", factory: nil))
      try await upkeep.run()
      #expect(try await pool.read("SELECT count(*) FROM feed_plan.event_log_default").scalar(Int.self) == 0)
      for isFiltered in [false, true] {
        let statement = FeedReader.statement(
          LogNames(schema: "feed_plan"), limit: 512, isFiltered: isFiltered, ignoresRunning: false)
        var values: [any PostgresEncodable] = ["700", Int64(5), Int64(1_000_000)]
        if isFiltered { values.append([Int16(1), Int16(2)]) }
        let plan = try await pool.read("EXPLAIN \(statement)", values).scalars(String.self)
        // The rest works on the rows that this part has found.
        let scan = plan.drop { !$0.contains("CTE scanned") }.prefix { !$0.contains("CTE total") }
          .joined(separator: "\n")
        #expect(scan.contains("Merge Append"), "\(scan)")
        #expect(!scan.contains("Seq Scan"), "\(scan)")
        #expect(!scan.contains("Sort  "), "\(scan)")
      }
    }
  }

  @Test("Old partitions are dropped, but never before every subscriber has stored what is in them")
  func retention() async throws {
    try await withService("feed_retention") { pool in
      let outbox = Outbox(schema: "feed_retention")
      let metrics = TestMetrics()
      let feed = try Self.feed(pool, "feed_retention") {
        $0.partitionInterval = .seconds(1)
        $0.partitionsAhead = 1
        $0.retention = .seconds(1)
        $0.subscriberExpiry = .seconds(3600)
        $0.maintenanceInterval = .milliseconds(50)
        $0.metrics = metrics
      }
      try await pool.append(outbox, (1...10).map { try numbered($0, key: $0) })
      let (events, head) = try await feed.collect { events, _ in events.count == 10 }
      // A subscriber that has come to the fifth event, and one whose time is long past.
      await #expect(throws: Enough.self) {
        try await feed.batches(after: events[4].position, subscriber: "notifier") { _ in throw Enough() }
      }
      try await pool.execute(
        """
        INSERT INTO feed_retention.event_subscriber (name, partition, transaction, sequence, asked_at)
        VALUES ('gone', 0, '0', 0, now() - interval '2 hours')
        """)
      func remaining() async throws -> Int {
        try await pool.read("SELECT count(*) FROM feed_retention.event_log").scalar(Int.self) ?? -1
      }
      let upkeep = LogUpkeep(
        pool: pool, names: LogNames(schema: "feed_retention"), configuration: feed.configuration, metrics: feed.metrics)
      // Until the events are older than the retention allows, by the database's clock.
      try await waitUntil("the events are old") {
        try await pool.read(
          "SELECT bool_and(occurred_at < now() - interval '3 seconds') FROM feed_retention.event_log"
        ).scalar(Bool.self) == true
      }
      try await upkeep.run()
      #expect(try await remaining() == 10)
      let lag = try metrics.expectGauge(
        "event_log_subscriber_lag_events", [("log", "feed_retention"), ("subscriber", "notifier")])
      #expect(lag.lastValue == 5)
      let age = try metrics.expectGauge(
        "event_log_subscriber_lag_seconds", [("log", "feed_retention"), ("subscriber", "notifier")])
      #expect(try #require(age.lastValue) >= 3)
      await #expect(throws: Enough.self) {
        try await feed.batches(after: head, subscriber: "notifier") { _ in throw Enough() }
      }
      try await upkeep.run()
      #expect(try await remaining() == 0)
      // Who has seen all goes on; who has not is told; who begins anew gets what there is.
      let error = await #expect(throws: EventLogError.self) {
        try await feed.stream(after: events[4].position) { _, _ in }
      }
      #expect(error?.code == .positionDropped)
      try await pool.append(outbox, [numbered(11, key: 1)])
      #expect(try await feed.collect(after: head) { events, _ in events.count == 1 }.events.map(\.number) == [11])
      #expect(try await feed.collect { events, _ in events.count == 1 }.events.map(\.number) == [11])
    }
  }

  @Test("A stream that falls behind what is dropped ends with an error instead of a gap")
  func droppedUnderway() async throws {
    try await withService("feed_underway") { pool in
      let outbox = Outbox(schema: "feed_underway")
      let feed = try Self.feed(pool, "feed_underway")
      try await pool.append(outbox, (1...10).map { try numbered($0, key: $0) })
      let error = await #expect(throws: EventLogError.self) {
        try await feed.stream(after: .start, maxBatchSize: 1000) { events, _ in
          guard !events.isEmpty else { return }
          try await pool.append(outbox, [numbered(11, key: 1)])
          try await pool.append(outbox, [numbered(12, key: 1)])
          try await pool.withTransaction { transaction in
            try await transaction.execute(
              """
              UPDATE feed_underway.event_log_floor AS f SET transaction = e.transaction, sequence = e.sequence
              FROM (SELECT transaction, sequence FROM feed_underway.event_log ORDER BY 1 DESC, 2 DESC LIMIT 1) AS e
              """)
            try await transaction.execute("DELETE FROM feed_underway.event_log")
          }
        }
      }
      #expect(error?.code == .positionDropped)
    }
  }

  @Test("When the owner's process ends, its streams end and do not hold it up")
  func closing() async throws {
    try await withService("feed_closing") { pool in
      let feed = try Self.feed(pool, "feed_closing") { $0.pollInterval = .seconds(60) }
      let running = Task { try await feed.run() }
      let error = await #expect(throws: EventLogError.self) {
        // The first message says where the stream begins; from then on it waits.
        try await feed.stream(after: .start) { _, _ in running.cancel() }
      }
      #expect(error?.code == .closing)
      _ = await running.result
    }
  }

  @Test("Partitions are made ahead by the service's own role, and take over rows that came before them")
  func partitions() async throws {
    try await withService("feed_partitions") { pool in
      let outbox = Outbox(schema: "feed_partitions")
      let feed = try Self.feed(pool, "feed_partitions") { $0.partitionsAhead = 5 }
      try await pool.append(outbox, (1...10).map { try numbered($0, key: $0) })
      try await running({ try await feed.run() }) {
        try await waitUntil("partitions are made") {
          try await pool.read(
            "SELECT count(*) FROM pg_inherits WHERE inhparent = 'feed_partitions.event_log'::regclass"
          ).scalar(Int.self) == 7
        }
        try await pool.append(outbox, [numbered(11, key: 1)])
        let (events, _) = try await feed.collect { events, _ in events.count == 11 }
        #expect(events.map(\.number) == Array(1...11))
        #expect(try await pool.read("SELECT count(*) FROM feed_partitions.event_log_default").scalar(Int.self) == 0)
      }
    }
  }
}
