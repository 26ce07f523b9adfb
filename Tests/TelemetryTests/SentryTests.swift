import FoundationEssentials
import Testing
import TraceContext

@testable import Telemetry

@Suite("Reports of errors")
struct SentryTests {
  @Test(
    "A DSN says where envelopes go",
    arguments: [
      ("https://abc123@o1.ingest.example/42", "https://o1.ingest.example/api/42/envelope/", "abc123"),
      ("http://key:secret@127.0.0.1:9000/under/path/7", "http://127.0.0.1:9000/under/path/api/7/envelope/", "key"),
      ("https://k@[::1]:3000/1", "https://[::1]:3000/api/1/envelope/", "k"),
    ])
  func dsn(text: String, url: String, key: String) throws {
    let dsn = try SentryDSN(text)
    #expect(dsn.envelopeURL == url && dsn.key == key)
    #expect(
      dsn.authorization(client: "fiyatradari/1")
        == "Sentry sentry_version=7, sentry_client=fiyatradari/1, sentry_key=\(key)")
  }

  @Test(
    "What is no DSN is refused without being shown",
    arguments: [
      "", "abc", "https://host/1", "https://@host/1", "https://key@host", "https://key@/1", "https://key@host/",
      "ftp://key@host/1", "https://ke\ny@host/1", "https://key@host/a b", "https://key@ho st/1",
      "https://key@host:99999/1",
    ])
  func badDSN(text: String) {
    let problem = #expect(throws: SentryDSN.Problem.self) { try SentryDSN(text) }
    #expect(problem?.description == "expected https://KEY@HOST/PROJECT, as the project's settings show it")
  }

  private static let origin = SentryEvent.Origin(
    release: "fiyatradari@1.2.3", environment: "test", serverName: "host", service: "pricing", role: "worker")

  @Test("An envelope is a header, an item's header with its length, and the event")
  func envelope() throws {
    var report = ErrorReport(.rpc, at: "/a.B/C", type: "Broken", message: "mail of ayse@example.com \"lost\"\n")
    report.trace = TraceParent("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
    report.requestID = "r-1"
    report.tags = [("source", "shop.example")]
    let id = String(repeating: "ab", count: 16)
    let event = SentryEvent(report: report, id: id, moment: 1_764_000_000, suppressed: 3)
    let bytes = event.envelope(Self.origin, sentAt: 1_764_000_001)
    let lines = bytes.split(separator: 0x0a, omittingEmptySubsequences: false)
    #expect(lines.count == 4 && lines[3].isEmpty)
    let head = try JSONDecoder().decode(Head.self, from: Data(lines[0]))
    #expect(head == Head(eventID: id, sentAt: "2025-11-24T16:00:01Z"))
    let item = try JSONDecoder().decode(Item.self, from: Data(lines[1]))
    #expect(item == Item(type: "event", length: lines[2].count, contentType: "application/json"))
    let sent = try JSONDecoder().decode(Event.self, from: Data(lines[2]))
    #expect(sent.eventID == id && sent.timestamp == "2025-11-24T16:00:00Z" && sent.level == "error")
    #expect(sent.platform == "other" && sent.release == "fiyatradari@1.2.3" && sent.environment == "test")
    #expect(sent.serverName == "host" && sent.transaction == "/a.B/C")
    #expect(sent.exception.values.map(\.type) == ["Broken"])
    #expect(sent.exception.values.map(\.value) == ["mail of [address] \"lost\" "])
    #expect(
      sent.tags == [
        "service": "pricing", "role": "worker", "work": "rpc", "request_id": "r-1", "source": "shop.example",
      ])
    #expect(sent.contexts["trace"]?["trace_id"] == "4bf92f3577b34da6a3ce929d0e0e4736")
    #expect(sent.contexts["trace"]?["span_id"] == "00f067aa0ba902b7")
    #expect(sent.fingerprint == ["pricing", "rpc", "/a.B/C", "Broken"] && sent.extra == ["left_out_before": 3])
  }

  @Test(
    "No personal data, secret or value passes",
    arguments: [
      ("user ayse.yilmaz@example.com is unknown", "user [address] is unknown"),
      (
        "cannot reach postgresql://edge:hunter2@db.internal:5432/x?password=y now",
        "cannot reach postgresql://db.internal:5432 now"
      ),
      ("GET https://shop.example/p/1?token=abc failed", "GET https://shop.example failed"),
      ("at (https://u:p@h.example/a?b={c},d;e=ayşe|f) now", "at (https://h.example now"),
      ("token=0a1b2c3d4e5f60718293a4b5c6d7e8f9 refused", "token=[token] refused"),
      ("Bearer eyJhbGciOiJIUzI1NiJ9-eyJzdWIiOiIxIn0", "Bearer [token]"),
      ("peer 203.0.113.77:443, or 2001:db8::1", "peer [ip], or [ip]"),
      ("call +90-532-123-45-67 or chat 987654321", "call [number] or chat [number]"),
      (
        "status 404 after 12 s in catalog.v1.CatalogService/GetProduct",
        "status 404 after 12 s in catalog.v1.CatalogService/GetProduct"
      ),
      ("SQLSTATE 23505: constraint product_external_id_key", "SQLSTATE 23505: constraint product_external_id_key"),
    ])
  func scrubbed(text: String, expected: String) { #expect(Scrubber.scrubbed(text) == expected) }

  @Test("A long text is cut")
  func long() {
    let text = String(repeating: "word ", count: 10_000)
    #expect(Scrubber.scrubbed(text).unicodeScalars.count <= Scrubber.maximumBytes + 1)
  }

  @Test("The same error is told a few times in a window, then how often it was left out")
  func flood() throws {
    var flood = FloodGuard(FloodGuard.Configuration(perKey: 2, inAll: 3, window: .seconds(60), maximumKeys: 2))
    let start = ContinuousClock.now
    #expect(flood.admit("a", at: start) == 0 && flood.admit("a", at: start) == 0)
    for _ in 0..<40 { #expect(flood.admit("a", at: start + .seconds(59)) == nil) }
    #expect(flood.admit("b", at: start) == 0)
    #expect(flood.admit("c", at: start) == nil, "all together have their bound as well")
    #expect(flood.admit("a", at: start + .seconds(60)) == 40)
    #expect(flood.admit("a", at: start + .seconds(61)) == 0)
  }

  @Test("Errors that are told apart have a bound; the others share a count")
  func manyErrors() {
    var flood = FloodGuard(FloodGuard.Configuration(perKey: 1, inAll: 100, window: .seconds(60), maximumKeys: 3))
    let start = ContinuousClock.now
    #expect((0..<50).count { flood.admit("error \($0)", at: start) != nil } == 4)
  }

  @Test(
    "Limits of the receiver are read",
    arguments: [
      ("60:error;transaction:organization", 60), ("2700::project", 2700), ("60:transaction:key", nil),
      ("10:error:key, 90:default;error:project:reason", 90), ("", nil), ("x:error", nil), ("60", nil),
      ("-5:error:key", nil),
    ] as [(String, Int?)])
  func limits(text: String, seconds: Int?) { #expect(SentryLimits.seconds(text) == seconds) }

  @Test("Nothing is sent while the receiver wants nothing")
  func limited() {
    var limits = SentryLimits()
    let now = ContinuousClock.now
    #expect(!limits.isLimited(at: now))
    limits.heard(status: 200, limits: "30:error:key", retryAfter: nil, at: now)
    #expect(limits.isLimited(at: now + .seconds(29)) && !limits.isLimited(at: now + .seconds(30)))
    limits.heard(status: 429, limits: nil, retryAfter: "100", at: now)
    #expect(limits.isLimited(at: now + .seconds(99)) && !limits.isLimited(at: now + .seconds(100)))
    limits.heard(status: 429, limits: nil, retryAfter: nil, at: now + .seconds(100))
    #expect(limits.isLimited(at: now + .seconds(159)) && !limits.isLimited(at: now + .seconds(160)))
    limits.heard(status: 429, limits: "60:transaction:key", retryAfter: "900", at: now + .seconds(200))
    #expect(!limits.isLimited(at: now + .seconds(201)), "the limits are of other things")
  }

  struct Head: Decodable, Equatable {
    enum CodingKeys: String, CodingKey {
      case eventID = "event_id"
      case sentAt = "sent_at"
    }
    var eventID: String
    var sentAt: String
  }
  struct Item: Decodable, Equatable {
    enum CodingKeys: String, CodingKey {
      case type, length
      case contentType = "content_type"
    }
    var type: String
    var length: Int
    var contentType: String
  }
  struct Event: Decodable {
    struct Exception: Decodable {
      struct Value: Decodable {
        var type: String
        var value: String
      }
      var values: [Value]
    }
    enum CodingKeys: String, CodingKey {
      case eventID = "event_id"
      case serverName = "server_name"
      case timestamp, level, platform, release, environment, transaction, exception, tags, contexts, fingerprint, extra
    }
    var eventID, timestamp, level, platform, release, environment, serverName, transaction: String
    var exception: Exception
    var tags: [String: String]
    var contexts: [String: [String: String]]
    var fingerprint: [String]
    var extra: [String: Int]
  }
}
