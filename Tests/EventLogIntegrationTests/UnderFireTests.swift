import EventLog
import EventLogRPC
import HTTPTransport
import MeshMessages
import MeshRPC
import NIOCore
import PostgresClient
import Synchronization
import TestSupport
import Testing

/// Writers, a feed behind a socket, consumers that are killed, a database that is killed: what was committed arrives
/// once and in order.
///
/// Each event bears its key's next version, taken under the key's lock. A consumer accepts a version only if it follows
/// the one it has, so a lost, a double or a displaced event shows at once.
@Suite("Event log under fire", .serialized)
struct UnderFireTests {
  private static let total: Int64 = 200_000
  private static let keys: Int64 = 2_000
  private static let keysPerTransaction = 50
  private static let eventsPerKey: Int64 = 8
  private static let writers = 16
  private static let consumers = 3

  @Test(
    "EventLog under fire: 200,000 events of 16 writers reach 3 consumers exactly once and in order",
    .timeLimit(.minutes(5)))
  func underFire() async throws {
    let server = try await PrivatePostgres.start()
    try await makeService("fire_source", on: server)
    try await makeService("fire_sink", on: server)
    try await withPool(server.dsn(user: "fire_source"), { $0.maximumConnections = 24 }) { source async throws in
      try await source.execute(
        "CREATE TABLE fire_source.thing (id bigint PRIMARY KEY, version bigint) WITH (fillfactor = 30)")
      try await source.execute("CREATE TABLE fire_source.audit (writer bigint)")
      try await source.execute(
        "INSERT INTO fire_source.thing SELECT n, 0 FROM generate_series(0, \(Self.keys - 1)) AS g (n)")
      try await withPool(server.dsn(user: "fire_sink")) { sink async throws in
        try await sink.execute(
          "CREATE TABLE fire_sink.seen (id bigint PRIMARY KEY, version bigint) WITH (fillfactor = 30)")
        try await sink.execute(
          "INSERT INTO fire_sink.seen SELECT n, 0 FROM generate_series(0, \(Self.keys - 1)) AS g (n)")
        try await Self.run(server, source, sink)
      }
    }
    try await server.tearDown()
  }

  private static func run(_ server: PrivatePostgres, _ source: PostgresPool, _ sink: PostgresPool) async throws {
    var configuration = EventFeedConfiguration()
    let book = LogBook()
    configuration.logger = book.logger("feed")
    let feed = try EventFeed(pool: source, schema: "fire_source", configuration: configuration)
    let feedServer = try await FeedServer.start(feed)
    let proxy = try await FaultyProxy.start(port: feedServer.port)
    let wrongs = Wrongs()
    let progress = Progress()
    let fleet = Fleet(server: server, port: proxy.port, wrongs: wrongs, progress: progress, book: book)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await keepRunning { try await feed.run() } }
      for index in 0..<consumers { group.addTask { try await fleet.keepRunning(index) } }
      let writing = Task {
        try await withThrowingTaskGroup(of: Void.self) { group in
          for writer in 0..<writers { group.addTask { try await write(writer, source, progress) } }
          try await group.waitForAll()
        }
      }
      defer { writing.cancel() }
      // Deaths come at points of progress, not of time.
      for (point, fault) in faults() {
        try await wait("\(point) events are applied", sink, book) { progress.applied >= point || !wrongs.isEmpty }
        switch fault {
        case .database:
          try await server.kill()
          try await server.restart()
        case .consumer(let index): await fleet.crash(index)
        case .cancellation(let index): fleet.cancel(index)
        case .network: await proxy.resetAll()
        }
      }
      try await writing.value
      try await source.waitUntilReady(timeout: .seconds(20))
      let written = try await source.read("SELECT sum(version)::bigint FROM fire_source.thing").scalar(Int64.self) ?? 0
      #expect(written >= total)
      #expect(try await source.read("SELECT count(*) FROM fire_source.event_log").scalar(Int64.self) == written)
      try await wait("all are applied", sink, book) {
        if !wrongs.isEmpty { return true }
        return try await sink.read("SELECT sum(version)::bigint FROM fire_sink.seen").scalar(Int64.self) == written
      }
      group.cancelAll()
      while let result = await group.nextResult() { _ = result }
      #expect(wrongs.texts == [])
      let states = try await sink.read("SELECT version FROM fire_sink.seen ORDER BY id").scalars(Int64.self)
      #expect(try await source.read("SELECT version FROM fire_source.thing ORDER BY id").scalars(Int64.self) == states)
      #expect(progress.rolledBack > 0)
      #expect(progress.crashes > 5)
    }
    await proxy.close()
    await feedServer.http.shutdown(grace: .zero)
  }

  private static func wait(
    _ what: String, _ sink: PostgresPool, _ book: LogBook, _ condition: @Sendable () async throws -> Bool
  ) async throws {
    do {
      try await waitUntil(what, within: .seconds(90), condition)
    } catch {
      Issue.record("\(try await report(sink))\n\(book.lines.suffix(150).joined(separator: "\n"))")
      throw error
    }
  }

  /// Who holds what, and how far it has come.
  private static func report(_ sink: PostgresPool) async throws -> String {
    let applied = try await sink.read("SELECT sum(version)::bigint FROM fire_sink.seen").scalar(Int64.self) ?? 0
    let rows = try await sink.read(
      """
      SELECT coalesce(owner, 'nobody'), count(*), min(transaction::text::bigint), max(transaction::text::bigint),
        coalesce(max(leased_until)::text, '')
      FROM fire_sink.event_inbox GROUP BY owner
      """)
    let sessions = try await sink.read(
      """
      SELECT coalesce(state, ''), coalesce(wait_event, ''), left(query, 60), extract(epoch FROM now() - state_change)::float8
      FROM pg_stat_activity WHERE usename = 'fire_sink'
      """)
    return "\(applied) applied; \(try rows.decode((String, Int, Int64, Int64, String).self)); "
      + "\(try sessions.decode((String, String, String, Double).self))"
  }

  private enum Fault {
    case database, network
    case consumer(Int)
    case cancellation(Int)
  }

  private static func faults() -> [(Int64, Fault)] {
    var generator = SystemRandomNumberGenerator()
    var faults: [(Int64, Fault)] = [(total / 3, .database), (total * 2 / 3, .database)]
    for number in 1...15 {
      let index = Int.random(in: 0..<consumers, using: &generator)
      let point = Int64.random(in: 0..<total, using: &generator)
      switch number % 3 {
      case 0: faults.append((point, .network))
      case 1: faults.append((point, .consumer(index)))
      default: faults.append((point, .cancellation(index)))
      }
    }
    return faults.sorted { $0.0 < $1.0 }
  }

  // MARK: Writers

  /// Changes random keys and tells of it, in transactions that have their ids before they have their locks, that stay
  /// open for a random while, and of which one in ten rolls back.
  private static func write(_ writer: Int, _ pool: PostgresPool, _ progress: Progress) async throws {
    let outbox = Outbox(schema: "fire_source")
    while progress.committed < total {
      var keys: Set<Int64> = []
      while keys.count < keysPerTransaction { keys.insert(Int64.random(in: 0..<Self.keys)) }
      let sorted = keys.sorted()
      do {
        try await pool.withTransaction { transaction in
          try await transaction.execute("INSERT INTO fire_source.audit VALUES ($1)", [writer])
          try await Task.sleep(for: .microseconds(Int64.random(in: 0...4000)))
          try await transaction.query(
            "SELECT FROM fire_source.thing WHERE id = ANY ($1::bigint[]) ORDER BY id FOR UPDATE", [sorted])
          let rows = try await transaction.query(
            """
            UPDATE fire_source.thing SET version = version + $2 WHERE id = ANY ($1::bigint[])
            RETURNING id, version
            """, [sorted, eventsPerKey])
          var events: [OutboxEvent] = []
          for (key, version) in try rows.decode((Int64, Int64).self) {
            for number in (version - eventsPerKey + 1)...version { events.append(try numbered(number, key: key)) }
          }
          // In two statements, with others' in between.
          try await outbox.append(Array(events[..<(events.count / 2)]), in: transaction)
          try await Task.sleep(for: .microseconds(Int64.random(in: 0...4000)))
          try await outbox.append(Array(events[(events.count / 2)...]), in: transaction)
          if Int.random(in: 0..<10) == 0 { throw Enough() }
        }
        progress.add(committed: Int64(keysPerTransaction) * eventsPerKey)
      } catch is Enough {
        progress.addRolledBack()
      } catch is PostgresError {
        // The database is down. Whether the transaction was committed is seen in the end.
        try? await pool.waitUntilReady(timeout: .seconds(10))
      }
    }
  }

  private static func keepRunning(_ body: () async throws -> Void) async throws {
    while !Task.isCancelled {
      do { try await body() } catch is PostgresError {}
    }
  }
}

/// What must not have happened.
private final class Wrongs: Sendable {
  private let stored = Mutex<[String]>([])
  var texts: [String] { stored.withLock { $0 } }
  var isEmpty: Bool { stored.withLock { $0.isEmpty } }
  func add(_ text: String) { stored.withLock { if $0.count < 100 { $0.append(text) } } }
}

private final class Progress: Sendable {
  private struct State {
    var committed: Int64 = 0
    var applied: Int64 = 0
    var rolledBack = 0
    var crashes = 0
  }
  private let state = Mutex(State())

  var committed: Int64 { state.withLock { $0.committed } }
  var applied: Int64 { state.withLock { $0.applied } }
  var rolledBack: Int { state.withLock { $0.rolledBack } }
  var crashes: Int { state.withLock { $0.crashes } }
  func add(committed: Int64) { state.withLock { $0.committed += committed } }
  /// Tries count too: it only says when the next fault is due.
  func add(applied: Int) { state.withLock { $0.applied += Int64(applied) } }
  func addRolledBack() { state.withLock { $0.rolledBack += 1 } }
  func addCrash() { state.withLock { $0.crashes += 1 } }
}

/// The consumers, each with connections of its own, as if it were a process.
private final class Fleet: Sendable {
  private struct Life {
    var pool: PostgresPool
    var task: Task<Void, any Error>
  }

  private let server: PrivatePostgres
  private let port: Int
  private let wrongs: Wrongs
  private let progress: Progress
  private let book: LogBook
  private let lives = Mutex<[Int: Life]>([:])

  init(server: PrivatePostgres, port: Int, wrongs: Wrongs, progress: Progress, book: LogBook) {
    self.book = book
    self.server = server
    self.port = port
    self.wrongs = wrongs
    self.progress = progress
  }

  /// Starts a consumer, and another whenever it has died.
  func keepRunning(_ index: Int) async throws {
    while !Task.isCancelled {
      let pool = try PostgresPool(PostgresPoolConfiguration(primary: PostgresDSN(server.dsn(user: "fire_sink"))))
      let channel = try FeedServer.channel(port: port)
      var configuration = EventConsumerConfiguration()
      configuration.logger = book.logger("consumer \(index)")
      configuration.leaseDuration = .seconds(1)
      configuration.cursorInterval = .milliseconds(200)
      configuration.reconnectBackoff = .milliseconds(10)...Duration.milliseconds(200)
      let consumer = try EventConsumer(
        pool: pool, schema: "fire_sink", source: "pricing", configuration: configuration, client: channel,
        method: PricingV1.PricingService.Methods.subscribe, maxBatchSize: 1000
      ) { [self] events, transaction in try await apply(events, transaction) }
      let task = Task { try await consumer.run() }
      lives.withLock { $0[index] = Life(pool: pool, task: task) }
      _ = await withTaskCancellationHandler {
        await task.result
      } onCancel: {
        task.cancel()
      }
      await channel.shutdown()
      await pool.close(grace: .zero)
    }
  }

  /// As if killed: its connections are gone in the middle of what it does, and it gives nothing back.
  func crash(_ index: Int) async {
    guard let life = lives.withLock({ $0[index] }) else { return }
    progress.addCrash()
    await life.pool.close(grace: .zero)
    life.task.cancel()
  }

  func cancel(_ index: Int) {
    guard let life = lives.withLock({ $0[index] }) else { return }
    progress.addCrash()
    life.task.cancel()
  }

  private func apply(_ events: [PricingV1.PricingEvent], _ transaction: PostgresTransaction) async throws {
    var spans: [Int64: (first: Int64, last: Int64)] = [:]
    for event in events {
      let (key, number) = (event.key, event.number)
      if let span = spans[key] {
        if number != span.last + 1 { wrongs.add("key \(key): \(number) after \(span.last)") }
        spans[key]?.last = number
      } else {
        spans[key] = (number, number)
      }
    }
    let keys = spans.keys.sorted()
    let changed = try await transaction.execute(
      """
      UPDATE fire_sink.seen AS s SET version = e.last
      FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS e (id, first, last)
      WHERE s.id = e.id AND s.version = e.first - 1
      """,
      [keys, keys.compactMap { spans[$0]?.first }, keys.compactMap { spans[$0]?.last }])
    if changed != keys.count { wrongs.add("\(keys.count - changed) of \(keys.count) keys do not follow on") }
    progress.add(applied: events.count)
  }
}
