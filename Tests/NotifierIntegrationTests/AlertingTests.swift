import EventLog
import MeshMessages
import MeshRPC
import PostgresClient
import ProtobufBridge
import ServiceKit
import TestSupport
import Testing

@testable import NotifierService

@Suite("Alerting, from pricing's events to Telegram")
struct AlertingTests {
  @Test("an event becomes one message to each channel, with all that it has to say")
  func message() async throws {
    try await Notifier.run { notifier in
      try await notifier.chat(11, of: "ayse")
      try await notifier.chat(12, of: "ayse")
      try await notifier.target("ayse")
      notifier.pricing.append([price(110_000), price(99_000, old: 110_000), price(98_000, old: 99_000)])
      try await waitUntil("both chats are told") { notifier.telegram.accepted.count == 2 }
      #expect(Set(notifier.telegram.accepted.map(\.chat)) == ["11", "12"])
      let text = try #require(notifier.telegram.accepted.first).text
      for part in [
        "Sony WH-1000XM5", "demo", "1.100,00 TL → 990,00 TL", "Gerçek indirim: yok", "https://shop.test/p/7",
      ] {
        #expect(text.contains(part))
      }
      try await waitUntil("both are recorded") {
        try await notifier.count("SELECT count(*) FROM delivery WHERE state = 2") == 2
      }
      #expect(try await notifier.count("SELECT count(*) FROM delivery") == 2)
    }
  }

  @Test("from the event to Telegram's door it takes milliseconds")
  func latency() async throws {
    try await Notifier.run { notifier in
      try await notifier.chat(11, of: "ayse")
      // Each event is about another product with an alert of its own, and the pace of one chat would hold them up.
      for product in Int64(100)..<140 {
        try await notifier.chat(Int(product), of: "s\(product)")
        try await notifier.target("s\(product)", product: product)
      }
      var times: [Duration] = []
      for product in Int64(100)..<140 {
        let start = ContinuousClock.now
        notifier.pricing.append([price(99_000, listing: product, product: product)])
        try await waitUntil("the chat is told") {
          notifier.telegram.received.contains { $0.chat == "\(product)" }
        }
        let at = try #require(notifier.telegram.received.first { $0.chat == "\(product)" }).at
        times.append(at - start)
      }
      times.sort()
      print("event to request: median \(times[20]), worst of 40 \(times[39])")
      // The target is 250 ms on an idle machine; a busy one is slower, and a lost wake-up takes a second or more.
      #expect(times[20] < .milliseconds(500))
    }
  }

  @Test("quiet hours and digests wait, and a digest gathers")
  func later() async throws {
    try await Notifier.run { notifier in
      try await notifier.chat(11, of: "ayse")
      let alert = try await notifier.target("ayse")
      _ = try await notifier.client.updateAlert(
        .with {
          $0.alert = .with { changed in
            changed.id = alert.id
            changed.subscriber = "ayse"
            changed.dailyDigest = true
          }
          $0.updateMask = .with { $0.paths = ["daily_digest"] }
        })
      notifier.pricing.append([price(99_000)])
      try await waitUntil("the entry waits") {
        try await notifier.count("SELECT count(*) FROM digest_entry WHERE due_at > now()") == 1
      }
      try await notifier.pool.execute("UPDATE digest_entry SET due_at = now()")
      #expect(try await DigestStore(pool: notifier.pool).flush() == 1)
      try await waitUntil("the digest is sent") { notifier.telegram.accepted.count == 1 }
      #expect(try #require(notifier.telegram.accepted.first).text.contains("Günlük özet: 1 bildirim"))
      #expect(try await notifier.count("SELECT count(*) FROM digest_entry") == 0)
    }
  }

  @Test("a deal is told once, and those with nobody to tell are not used up")
  func deals() async throws {
    try await Notifier.run { notifier in
      let alert = try await notifier.client.createAlert(
        .with {
          $0.alert = .with { alert in
            alert.subscriber = "ayse"
            alert.rule = .dealInCategory(
              .with {
                $0.category = "elektronik"
                $0.minDiscountBasisPoints = 1500
                $0.genuineOnly = true
              })
          }
        })
      func deal(_ id: Int64, _ discount: UInt32, _ category: String = "elektronik/kulaklik")
        -> PricingV1.PricingEvent.Change
      {
        .dealOpened(
          .with {
            $0.id = id
            $0.listingId = 7
            $0.productId = 3
            $0.category = category
            $0.productTitle = "Kulaklık"
            $0.price = lira(90_000)
            $0.realDiscountBasisPoints = discount
            $0.verdict = .genuine
            $0.updatedAt = .now
          })
      }
      notifier.pricing.append([deal(1, 2000)])
      try await notifier.applied(1)
      #expect(try await notifier.count("SELECT count(*) FROM told_deal") == 0)
      try await notifier.chat(11, of: "ayse")
      notifier.pricing.append([deal(1, 2500), deal(1, 2600), deal(2, 1499), deal(3, 9000, "ev"), deal(4, 1500)])
      notifier.pricing.append([deal(1, 2700)])
      try await notifier.applied(7)
      #expect(try await notifier.count("SELECT count(*) FROM told_deal WHERE alert_id = \(alert.id)") == 2)
      #expect(try await notifier.count("SELECT count(*) FROM delivery") == 2)
    }
  }

  @Test("a batch finds its alerts by indexes, among many others")
  func indexes() async throws {
    try await withStore { pool, _ in
      try await pool.execute(
        """
        INSERT INTO alert (subscriber, product_id, rule, amount, currency, expires_at)
        SELECT 's' || n, n, 5, 100000, 'TRY', now() + interval '1 year' FROM generate_series(1, 30000) AS n
        """)
      try await pool.execute(
        """
        INSERT INTO alert (subscriber, category, basis_points, rule, expires_at)
        SELECT 's' || n, 'c' || n, 1000, 11, now() + interval '1 year' FROM generate_series(1, 30000) AS n
        """)
      try await pool.execute("ANALYZE alert")
      let plan = try await pool.query(
        """
        EXPLAIN SELECT id FROM alert WHERE product_id = ANY (ARRAY[1,2,3]::bigint[]) AND ended_at IS NULL
        UNION SELECT id FROM alert WHERE listing_id = ANY (ARRAY[1,2,3]::bigint[]) AND ended_at IS NULL
        UNION SELECT a.id FROM unnest(ARRAY['c1', ''], ARRAY[2000, 2000]) AS deal (category, discount)
        JOIN alert AS a ON a.category = deal.category AND a.basis_points <= deal.discount AND a.ended_at IS NULL
        ORDER BY id
        """
      ).scalars(String.self).joined(separator: "\n")
      #expect(!plan.contains("Seq Scan on alert"), "\(plan)")
    }
  }

  @Test("the inbox's tables are those that the event log asks for")
  func inbox() throws {
    let file = try #require(NotifierService.description.migrations?.first)
    #expect(String(decoding: file.bytes, as: UTF8.self) == EventLogSchema.inbox(schema: "notifier"))
  }
}

extension Notifier {
  /// Waits until the events up to this number are applied.
  func applied(_ sequence: Int) async throws {
    try await waitUntil("events are applied") {
      try await count("SELECT count(*) FROM event_inbox WHERE partition = 0 AND sequence >= \(sequence)") == 1
    }
  }
}
