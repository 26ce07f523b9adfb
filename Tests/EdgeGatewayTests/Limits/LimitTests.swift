import HTTPTransport
import HTTPTypes
import OutboundHTTP
import ServiceKit
import Testing

@testable import EdgeGateway

@Suite("Whose request it is") struct ClientAddressTests {
  private func client(
    _ lines: [String], field: ClientAddress.Field = .xForwardedFor, trusted: [String] = ["10.0.0.0/8", "fd00::/8"]
  ) throws -> String {
    let addresses = try ClientAddress(trusted: trusted, field: field)
    let proxy = try #require(IPAddress(v4: "10.0.0.1"))
    return addresses.client(behind: proxy, HeaderBlock(lines.map { (field.rawValue, $0) })).description
  }

  @Test(
    "The field is read from the right, past our own proxies, and what a stranger wrote before is not believed",
    arguments: [
      (["203.0.113.5"], "203.0.113.5"), (["1.2.3.4, 203.0.113.5"], "203.0.113.5"),
      (["1.2.3.4, 203.0.113.5, 10.1.1.1"], "203.0.113.5"), (["1.2.3.4", "203.0.113.5,10.1.1.1"], "203.0.113.5"),
      (["203.0.113.5:4711"], "203.0.113.5"), (["2001:db8::5"], "2001:db8::5"), (["[2001:db8::5]:80"], "2001:db8::5"),
      (["::ffff:203.0.113.5"], "203.0.113.5"), ([], "10.0.0.1"), ([""], "10.0.0.1"), (["unknown"], "10.0.0.1"),
      (["203.0.113.5, nonsense"], "10.0.0.1"), (["203.0.113.5, 10.2.2.2, ,"], "10.0.0.1"),
      (["203.0.113.5, unknown, 10.2.2.2"], "10.2.2.2"), (["10.9.9.9, 10.8.8.8"], "10.9.9.9"),
      (["127.1"], "10.0.0.1"), (["203.0.113.5:x"], "10.0.0.1"),
    ])
  func xForwardedFor(lines: [String], wanted: String) throws { #expect(try client(lines) == wanted) }

  @Test(
    "So is Forwarded",
    arguments: [
      (["for=203.0.113.5;proto=https"], "203.0.113.5"), (["for=1.2.3.4, For=\"[2001:db8::5]:443\""], "2001:db8::5"),
      (["for=1.2.3.4, for=_hidden"], "10.0.0.1"), (["proto=https;by=10.0.0.1"], "10.0.0.1"),
    ])
  func forwarded(lines: [String], wanted: String) throws { #expect(try client(lines, field: .forwarded) == wanted) }

  @Test("Endless lists are not followed")
  func bounded() throws {
    #expect(try client([Array(repeating: "10.0.0.2", count: 5000).joined(separator: ",")]) == "10.0.0.2")
  }

  @Test("What is no network is refused by name")
  func configuration() {
    #expect(throws: ServiceError.self) { try ClientAddress(trusted: ["10.0.0.0/33"], field: .forwarded) }
    #expect(throws: ServiceError.self) { try ClientAddress(trusted: ["proxy.example"], field: .forwarded) }
  }

  @Test("Of IPv6 a /64 is one, of IPv4 each address")
  func subjects() throws {
    func subject(_ text: String) throws -> RateSubject {
      RateSubject(try #require(IPAddress(v4: text) ?? IPAddress(v6: text)))
    }
    #expect(try subject("2001:db8::1") == subject("2001:db8::ffff:1"))
    #expect(try subject("2001:db8:0:1::1") != subject("2001:db8::1"))
    #expect(try subject("203.0.113.5") != subject("203.0.113.6"))
    #expect(try subject("::ffff:203.0.113.5") == subject("203.0.113.5"))
    #expect(RateSubject(key: 7) != RateSubject(key: 8))
  }
}

@Suite("Limits within a process") struct LeaseTableTests {
  private let policy = RatePolicy(requestsPerSecond: 10, burst: 20)
  private let key = LeaseTable.Key(tier: .api, subject: RateSubject(key: 1))
  private let second: Int64 = 1_000_000_000

  @Test("A bucket grants its burst at once, then its rate, and says when to come back")
  func bucket() {
    let table = LeaseTable()
    var granted = 0
    for _ in 0..<100 where table.takeAlone(key, policy, now: second, today: 1).refusal == nil { granted += 1 }
    #expect(granted == 20)
    #expect(table.takeAlone(key, policy, now: second, today: 1).refusal == .rate(retryAfter: 1))
    for step in 1...50 {
      let now = second + Int64(step) * second / 10
      #expect(table.takeAlone(key, policy, now: now, today: 1).refusal == nil)
      #expect(table.takeAlone(key, policy, now: now, today: 1).refusal != nil)
    }
  }

  @Test("A day's quota ends the day and no other")
  func daily() {
    let table = LeaseTable()
    let policy = RatePolicy(requestsPerSecond: 1000, burst: 1000, daily: 3)
    for _ in 0..<3 { #expect(table.takeAlone(key, policy, now: second, today: 1).refusal == nil) }
    guard case .daily = table.takeAlone(key, policy, now: second, today: 1).refusal else {
      Issue.record("the fourth was granted")
      return
    }
    #expect(table.takeAlone(key, policy, now: 2 * second, today: 2).refusal == nil)
  }

  @Test("What was taken in advance is used first, and goes back when it is not used in time")
  func leases() {
    let table = LeaseTable()
    let question = table.beginAsking(key, policy, now: second)
    #expect(question.wanted == 5 && question.returned == 0)
    #expect(table.beginAsking(key, policy, now: second).wanted == 1)
    table.endAsking(key, policy, granted: 5, left: 15, now: second)
    guard case .granted(let remaining) = table.take(key, now: second) else {
      Issue.record("nothing was taken in advance")
      return
    }
    #expect(remaining == 18)
    guard case .ask = table.take(key, now: 2 * second) else {
      Issue.record("it lasts too long")
      return
    }
    #expect(table.beginAsking(key, policy, now: 2 * second).returned == 3)
  }

  @Test("A flood of strangers does not make it grow")
  func bounded() {
    let table = LeaseTable(capacity: 160)
    for id in 0..<10_000 {
      _ = table.takeAlone(.init(tier: .api, subject: RateSubject(key: Int64(id))), policy, now: second, today: 1)
    }
    #expect(table.count <= 160)
  }

  @Test("Tiers are changed by settings, and nonsense is refused by name")
  func settings() throws {
    let policies = try RatePolicy.policies(["api:5:7", "free:1:2:3"])
    #expect(policies[.api] == RatePolicy(requestsPerSecond: 5, burst: 7))
    #expect(policies[.free] == RatePolicy(requestsPerSecond: 1, burst: 2, daily: 3))
    #expect(policies[.web] == RatePolicy(requestsPerSecond: 30, burst: 50) && policies[.internal] == nil)
    for text in ["api", "api:0:1", "api:1", "what:1:1", "internal:1:1", "api:1:1:x", "api:1:2:3:4"] {
      #expect(throws: ServiceError.self) { try RatePolicy.policies([text]) }
    }
  }
}

@Suite("Limits at the gateway") struct GatewayLimitTests {
  @Test("Beyond the burst requests are refused with all that a client needs to know; health is exempt")
  func refusal() async throws {
    let gateway = try GatewayFixture(policies: [.api: RatePolicy(requestsPerSecond: 1, burst: 3)])
    for left in [2, 1, 0] {
      let reply = try await gateway.get("/v1/products")
      #expect(reply.status == 200 && reply["ratelimit-policy"] == "\"api\";q=3;w=3")
      #expect(reply["ratelimit"]?.hasPrefix("\"api\";r=\(left);t=") == true)
    }
    let refused = try await gateway.get("/v1/products")
    #expect(refused.status == 429 && refused["retry-after"] == "1")
    #expect(refused["ratelimit"] == "\"api\";r=0;t=1" && refused["content-type"] == "application/problem+json")
    #expect(refused.body.contains(#""code":"too_many_requests""#))
    #expect(try await gateway.get("/v1/products?bad=1").status == 429)
    for _ in 0..<10 { #expect(try await gateway.get("/healthz").status == 200) }
    #expect(try await gateway.get("/").status == 200)
  }

  @Test("Whoever guesses tokens is slowed down, and whoever has one is not")
  func guesses() async throws {
    let gateway = try GatewayFixture(policies: [.auth: RatePolicy(requestsPerSecond: 1, burst: 2)])
    for index in 0..<2 {
      let guess = [("authorization", "Bearer 0123456789abcdef-\(index)")]
      #expect(try await gateway.send("GET", "/v1/alerts", guess).status == 401)
    }
    #expect(try await gateway.get("/v1/alerts").status == 429)
    #expect(try await gateway.get("/v1/admin/status").status == 429)
    for _ in 0..<5 { #expect(try await gateway.asSubscriber("GET", "/v1/alerts").status == 200) }
    #expect(try await gateway.get("/v1/products").status == 200)
  }

  @Test("A request with an API key counts by the key and its tier, not by its address")
  func keys() async throws {
    let gateway = try GatewayFixture(policies: [
      .api: RatePolicy(requestsPerSecond: 1, burst: 1), .free: RatePolicy(requestsPerSecond: 1, burst: 2, daily: 100),
      .pro: RatePolicy(requestsPerSecond: 1, burst: 4),
    ])
    let route = try #require(gateway.routes.first { $0.operation == "listAlerts" })
    func granted(_ key: Principal.KeyIdentity, of count: Int) async -> (Int, GatewayResponse?) {
      var granted = 0
      var last: GatewayResponse?
      for _ in 0..<count {
        var request = GatewayRequest(
          head: HTTPRequest(method: .get, scheme: nil, authority: nil, path: "/v1/alerts"), known: KnownRoute(route),
          pathValues: [], query: QueryItems(), connection: .inside, body: nil)
        request.principal = Principal(account: 1, role: .user, key: key.id, key.tier, scopes: [.read])
        do {
          last = try await gateway.parts.limits.respond(to: request, next: Next([Answering()]))
          granted += 1
        } catch {
          #expect((error as? Problem)?.status == .tooManyRequests)
        }
      }
      return (granted, last)
    }
    let free = await granted(.init(id: 1, tier: .free), of: 10)
    #expect(free.0 == 2)
    #expect(free.1?.fields[.rateLimitPolicy] == "\"free\";q=2;w=2, \"daily\";q=100;w=86400")
    #expect(await granted(.init(id: 2, tier: .free), of: 10).0 == 2)
    #expect(await granted(.init(id: 3, tier: .pro), of: 10).0 == 4)
    #expect(await granted(.init(id: 4, tier: .internal), of: 50).0 == 50)
    #expect(try await gateway.get("/v1/products").status == 200)
  }

  private struct Answering: Middleware {
    func respond(to request: GatewayRequest, next: Next) async throws -> GatewayResponse { .noContent }
  }

  @Test(
    "Behind a trusted proxy each client has its own limit, over a real connection; what it writes itself is no help")
  func proxied() async throws {
    let policies: [RateTier: RatePolicy] = [.api: RatePolicy(requestsPerSecond: 1, burst: 2)]
    func statuses(trusted: [String], _ fields: [String]) async throws -> [Int] {
      let gateway = try GatewayFixture(policies: policies, trustedProxies: trusted)
      return try await gateway.listening { get in
        var statuses: [Int] = []
        for field in fields { statuses.append(try await get("/v1/products", [("x-forwarded-for", field)]).status) }
        return statuses
      }
    }
    let strangers = (0..<4).map { "203.0.113.\($0)" }
    #expect(try await statuses(trusted: [], strangers) == [200, 200, 429, 429])
    #expect(try await statuses(trusted: ["127.0.0.0/8"], strangers) == [200, 200, 200, 200])
    let liars = (0..<4).map { "203.0.113.\($0), 198.51.100.7" }
    #expect(try await statuses(trusted: ["127.0.0.0/8"], liars) == [200, 200, 429, 429])
    let neighbours = (0..<4).map { "2001:db8:1:2::\($0)" }
    #expect(try await statuses(trusted: ["127.0.0.0/8"], neighbours) == [200, 200, 429, 429])
  }

  @Test("The internal key knows no limits, another one is no help, and a short one is refused at start")
  func internalKey() async throws {
    let key = String(repeating: "k", count: 40)
    let gateway = try GatewayFixture(policies: [.api: RatePolicy(requestsPerSecond: 1, burst: 1)], internalKey: key)
    for _ in 0..<20 { #expect(try await gateway.get("/v1/products", [("x-api-key", key)]).status == 200) }
    _ = try await gateway.get("/v1/products")
    #expect(try await gateway.get("/v1/products", [("x-api-key", key + "x")]).status == 401)
    #expect(throws: ServiceError.self) { try GatewayFixture(internalKey: "short") }
  }
}
