import PostgresClient
import TestSupport
import Testing

@testable import NotifierService

@Suite("Senders and servers that are lost")
struct CrashTests {
  @Test("senders killed at random lose no message, and repeat only what was accepted and not recorded")
  func killedSenders() async throws {
    try await TelegramStandIn.withServer { telegram in
      try await withStore { pool, dsn in
        try await queue(300, in: pool)
        // Answers take a moment, so that many are under way when a sender is lost.
        telegram.answer { _, _ in .acceptLate(.milliseconds(Int.random(in: 1...40))) }
        func start() throws -> SenderProcess {
          try SenderProcess(dsn: dsn, telegram: telegram, rate: 400, lease: .seconds(1))
        }
        var processes = [try start(), try start(), try start()]
        for round in 0..<8 {
          try await Task.sleep(for: .milliseconds(Int.random(in: 30...150)))
          let victim = processes.remove(at: round % 3)
          await victim.kill()
          processes.append(try start())
        }
        try await waitUntil("all are recorded as sent", within: .seconds(30)) {
          try await pool.query("SELECT count(*) FROM delivery WHERE state <> 2").scalar(Int.self) == 0
        }
        for process in processes { await process.stop() }
        var accepted: [String: Int] = [:]
        for message in telegram.accepted { accepted[message.chat, default: 0] += 1 }
        #expect(accepted.count == 300)
        // A message is taken again only after its sender was lost, and repeated only if that sender's was accepted.
        let rows = try await pool.query(
          "SELECT c.address, d.attempts FROM delivery AS d JOIN channel AS c ON c.id = d.channel_id"
        ).decode((String, Int32).self)
        for (chat, attempts) in rows { #expect(accepted[chat, default: 0] <= Int(attempts)) }
        let repeats = accepted.values.reduce(0) { $0 + $1 - 1 }
        let retaken = rows.reduce(0) { $0 + Int($1.1) - 1 }
        print("300 messages, 8 senders killed: \(retaken) taken again, of which \(repeats) had been accepted: repeats")
        #expect(try await pool.query("SELECT count(*) FROM delivery").scalar(Int.self) == 300)
      }
    }
  }

  @Test("senders that end in good order repeat nothing")
  func stoppedSenders() async throws {
    try await TelegramStandIn.withServer { telegram in
      try await withStore { pool, dsn in
        try await queue(120, in: pool)
        telegram.answer { _, _ in .acceptLate(.milliseconds(Int.random(in: 1...40))) }
        for _ in 0..<4 {
          let process = try SenderProcess(dsn: dsn, telegram: telegram, rate: 300, lease: .seconds(5))
          try await Task.sleep(for: .milliseconds(100))
          await process.stop()
        }
        let last = try SenderProcess(dsn: dsn, telegram: telegram, rate: 300, lease: .seconds(5))
        try await waitUntil("all are sent") {
          try await pool.query("SELECT count(*) FROM delivery WHERE state <> 2").scalar(Int.self) == 0
        }
        await last.stop()
        #expect(telegram.accepted.count == 120)
      }
    }
  }

  @Test("a message whose answer does not come in time is sent again, and only it")
  func timeout() async throws {
    try await TelegramStandIn.withServer { telegram in
      try await withStore { pool, dsn in
        try await queue(20, in: pool)
        telegram.answer { chat, count in chat == "7" && count == 0 ? .acceptLate(.seconds(5)) : .accept }
        let process = try SenderProcess(
          dsn: dsn, telegram: telegram, rate: 100, lease: .seconds(30), timeout: .milliseconds(300))
        try await waitUntil("all are sent") {
          try await pool.query("SELECT count(*) FROM delivery WHERE state <> 2").scalar(Int.self) == 0
        }
        await process.stop()
        let chats = telegram.accepted.map(\.chat)
        #expect(chats.count == 21)
        #expect(chats.filter { $0 == "7" }.count == 2)
      }
    }
  }

  @Test("PostgreSQL killed in the middle loses nothing, and repeats nothing that outlives its lease")
  func killedDatabase() async throws {
    let server = try await PrivatePostgres.start()
    let database = try await Servers.database(on: server)
    try await Notifier.run(database, ["TELEGRAM_RATE": "200"]) { notifier in
      try await notifier.target("everybody")
      let channels = try await notifier.chats(200)
      try await notifier.pool.execute("UPDATE channel SET subscriber = 'everybody' WHERE id = ANY ($1)", [channels])
      notifier.pricing.append([price(99_000)])
      try await waitUntil("some are sent") { notifier.telegram.accepted.count > 20 }
      try await server.kill()
      try await server.restart()
      try await waitUntil("all are recorded as sent", within: .seconds(100)) {
        // The server may be starting still.
        (try? await notifier.count("SELECT count(*) FROM delivery WHERE state = 2")) == 200
      }
      let chats = notifier.telegram.accepted.map(\.chat)
      #expect(Set(chats).count == 200)
      #expect(chats.count == 200)
      #expect(try await notifier.count("SELECT count(*) FROM delivery") == 200)
      // And events go on to be followed.
      notifier.pricing.append([price(200_000), price(50_000)])
      try await waitUntil("the next event is told", within: .seconds(30)) {
        try await notifier.count("SELECT count(*) FROM delivery") == 400
      }
    }
    try await server.tearDown()
  }

  /// One message to each of many chats.
  private func queue(_ count: Int, in pool: PostgresPool) async throws {
    try await pool.execute(
      """
      WITH made AS (
        INSERT INTO channel (subscriber, kind, address, verified_at)
        SELECT 's' || n, 1, n::text, now() FROM generate_series(1, $1) AS n RETURNING id, subscriber)
      INSERT INTO delivery (channel_id, subscriber, kind, purpose, text, body, idempotency_key)
      SELECT id, subscriber, 1, 3, 'm', 'm', 'k' || id FROM made
      """, [count])
  }
}
