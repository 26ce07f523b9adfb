import HTTPTypes
import Testing

@testable import EdgeGateway

/// Who may use which route. A route that is not here, or not as it says here, is a mistake that the first test finds.
@Suite("Access to every route")
struct AccessTests {
  static let table: [(operation: String, access: Route.Access)] =
    (open + pages + entries).map { ($0, .anyone) } + (own + ownPages).map { ($0, .account) }
    + reads.map { ($0, .subscriber(.read)) }
    + changes.map { ($0, .subscriber(.alerts)) } + (operators + operatorPages).map { ($0, .operator) }
    + (admins + adminPages).map { ($0, .admin) }

  private static let open = [
    "listProducts", "getProduct", "getPriceHistory", "getPriceStatistics", "listProductDeals", "searchProducts",
    "suggestProducts", "listCategories", "listDeals", "getDeal", "healthz", "readyz", "openAPI",
    "signUp", "verifyAccount", "requestPasswordReset", "confirmPasswordReset", "signIn",
    "streamDeals", "live", "docs", "docsStyle", "unsubscribePage", "unsubscribe", "visitShop", "recordEvents",
  ]
  private static let pages =
    ["tr", "en"].flatMap { language in
      ["home", "deals", "search", "categories", "category", "product"].map { "page-\($0)-\(language)" }
        + ["dealsAtom", "dealsRSS", "feed", "manifest"].map { "\($0)-\(language)" }
    } + [
      "chart", "sitemap", "sitemapPages", "sitemapPart", "robots", "icon", "icon180", "icon192", "icon512", "style",
      "script", "asset", "operatorStyle", "operatorScript",
    ]
  /// Of both languages.
  private static func both(_ kind: String, _ names: [String]) -> [String] {
    ["tr", "en"].flatMap { language in names.map { "\(kind)-\($0)-\(language)" } }
  }

  private static let entries =
    both("page", ["signIn", "signUp", "checkMail", "verify", "forgotten", "reset"])
    + both("form", ["signIn", "signUp", "verify", "forgotten", "reset"])
  private static let ownPages =
    both(
      "page",
      [
        "account", "password", "export", "deleteAccount", "alerts", "newAlert", "alert", "deleteAlert", "channels",
        "verifyChannel", "deleteChannel", "deliveries", "keys", "revokeKey", "sessions",
      ])
    + both(
      "form",
      [
        "signOut", "language", "password", "deleteAccount", "newAlert", "alert", "pauseAlert", "deleteAlert",
        "channels",
        "verifyChannel", "testChannel", "deleteChannel", "keys", "revokeKey", "endSession", "endOtherSessions",
      ])
  private static let own = [
    "getAccount", "updateAccount", "deleteAccount", "exportAccount", "listSessions", "getSession", "endOtherSessions",
    "signOut", "endSession", "listApiKeys", "createApiKey", "revokeApiKey",
  ]
  private static let reads = ["listChannels", "listAlerts", "listDeliveries"]
  private static let changes = [
    "registerChannel", "verifyChannel", "testChannel", "removeChannel", "createAlert", "updateAlert", "deleteAlert",
  ]
  private static let operators = [
    "addListing", "affiliateReport", "checkNow", "checkProduct", "createProduct", "flushCache", "getSource",
    "getStatus", "listAllDeliveries", "listJobs", "listOverdue", "listRuns", "listServices", "listSources",
    "pauseAllJobs", "pauseJob", "productReport", "removeListing", "resumeAllJobs", "resumeJob", "retireProduct",
    "retryDelivery", "searchReport", "trafficReport", "updateProduct", "updateSource",
  ]
  private static let admins = [
    "listAccounts", "readAccount", "changeAccount", "endAccountSessions", "listAllApiKeys", "changeApiKey",
    "revokeAnyApiKey", "listAuditEntries",
  ]

  private static let operatorPages =
    both(
      "page",
      [
        "overview", "flushCache", "jobs", "pauseAllJobs", "pauseJob", "runs", "sources", "source", "products",
        "product",
        "retireProduct", "removeListing", "deliveries", "imports", "import", "importReport",
      ].map { "admin-" + $0 })
    + both(
      "form",
      [
        "flushCache", "pauseAllJobs", "resumeAllJobs", "pauseJob", "resumeJob", "checkNow", "updateSource",
        "updateProduct", "checkProduct", "retireProduct", "reviveProduct", "removeListing", "retryDelivery",
        "importProducts",
      ].map { "admin-" + $0 })
  private static let adminPages =
    both(
      "page",
      [
        "accounts", "account", "changeAccount", "disableAccount", "endAccountSessions", "keys", "changeApiKey",
        "revokeAnyApiKey", "audit",
      ].map { "admin-" + $0 })
    + both(
      "form",
      [
        "changeAccount", "disableAccount", "enableAccount", "endAccountSessions", "changeApiKey", "revokeAnyApiKey",
      ].map { "admin-" + $0 })

  @Test("The table holds every route once, with the access that the route has")
  func complete() throws {
    let routes = try GatewayFixture().routes
    #expect(routes.map(\.operation).sorted() == Self.table.map(\.operation).sorted())
    for (operation, access) in Self.table {
      #expect(routes.first { $0.operation == operation }?.access == access, "\(operation)")
    }
    // Those that take or compare a password or a mail's token are slowed down as attempts are.
    let slow = routes.filter { $0.limit == .auth }.map(\.operation).sorted()
    #expect(
      slow
        == ([
          "confirmPasswordReset", "deleteAccount", "requestPasswordReset", "signIn", "signUp", "updateAccount",
          "verifyAccount",
        ] + Self.both("form", ["signIn", "signUp", "verify", "forgotten", "reset", "password", "deleteAccount"]))
        .sorted())
  }

  private static func path(of route: Route) -> String {
    route.pattern.split(separator: "/", omittingEmptySubsequences: false)
      .map { $0 == "{name}" ? "price-check" : $0.hasPrefix("{") ? "7" : String($0) }.joined(separator: "/")
  }

  private static func ask(
    _ gateway: GatewayFixture, _ route: Route, _ fields: [(String, String)]
  ) async throws -> GatewayFixture.Reply {
    try await gateway.send(
      route.method.rawValue, path(of: route), fields + [("content-type", "application/json")],
      body: route.body == nil ? nil : "{}")
  }

  @Test("Whoever shows nothing, or what is not known, gets 401 from every route that is not open, without hints")
  func unauthenticated() async throws {
    let gateway = try GatewayFixture()
    let unknown = try SecretToken.make(.session).text
    let shown: [[(String, String)]] = [
      [], [("authorization", "Bearer " + unknown)], [("authorization", "Bearer 0123456789abcdef-nobody")],
      [("authorization", "Basic " + GatewayFixture.token)], [("cookie", "__Host-session=" + unknown)],
      [("x-api-key", try SecretToken.make(.key).text)], [("x-api-key", GatewayFixture.token)],
      [("authorization", "Bearer " + (try SecretToken.make(.key).text))],
    ]
    for route in gateway.routes where route.access != .anyone {
      for fields in shown {
        let reply = try await Self.ask(gateway, route, fields)
        #expect(reply.status == 401, "\(route.operation) with \(fields.map(\.0)): \(reply.body)")
        #expect(reply["www-authenticate"]?.hasPrefix("Bearer") == true)
      }
    }
    #expect(gateway.services.requestCount == 0 && gateway.audit.entries.isEmpty)
  }

  @Test("A wrong role or scope gets 403 from every route that asks for more, and nothing is done")
  func forbidden() async throws {
    let gateway = try GatewayFixture()
    let directory = gateway.directory
    func key(_ role: Role, _ scopes: Set<Scope>) throws -> String {
      try directory.makeKey(account: 2, role: role, scopes: scopes).text
    }
    let user = try directory.signIn(account: 1, role: .user).text
    let admitted: [(name: String, token: String, admits: (Route) -> Bool)] = [
      ("a user", user, { [.account, .subscriber(.read), .subscriber(.alerts)].contains($0.access) }),
      (
        "an operator", try directory.signIn(account: 3, role: .operator).text,
        { $0.access != .admin }
      ),
      ("an admin", try directory.signIn(account: 4, role: .admin).text, { _ in true }),
      (
        "a subscriber of the configuration", GatewayFixture.token,
        { Self.reads.contains($0.operation) || Self.changes.contains($0.operation) }
      ),
      ("the admin token", GatewayFixture.adminToken, { [.operator, .admin].contains($0.access) }),
      ("a key to read", try key(.user, [.read]), { $0.access == .subscriber(.read) }),
      ("a key for alerts", try key(.user, [.alerts]), { $0.access == .subscriber(.alerts) }),
      // What its owner may not do, no key may.
      (
        "a user's key with all scopes", try key(.user, Set(Scope.allCases)),
        { [.subscriber(.read), .subscriber(.alerts)].contains($0.access) }
      ),
      ("an operator's key to read", try key(.operator, [.adminRead]), { $0.access == .operator && $0.method == .get }),
      (
        "an admin's key to read", try key(.admin, [.adminRead]),
        { [.operator, .admin].contains($0.access) && $0.method == .get }
      ),
      (
        "an admin's key to write", try key(.admin, [.adminWrite]),
        { [.operator, .admin].contains($0.access) && $0.method != .get }
      ),
    ]
    for (name, token, admits) in admitted {
      for route in gateway.routes where route.access != .anyone && !admits(route) {
        let reply = try await Self.ask(gateway, route, [("authorization", "Bearer " + token)])
        #expect(reply.status == 403, "\(route.operation) by \(name): \(reply.body)")
      }
      for route in gateway.routes where route.access != .anyone && admits(route) {
        let principal = try #require(try await principal(gateway, token))
        #expect(
          Admission.refusal(of: principal, route.access, isRead: route.method == .get) == nil,
          "\(route.operation) by \(name)")
      }
    }
    #expect(gateway.services.requestCount == 0 && gateway.audit.entries.isEmpty)
  }

  private func principal(_ gateway: GatewayFixture, _ token: String) async throws -> Principal? {
    if token == GatewayFixture.token { return Principal(subscriber: "ayse") }
    if token == GatewayFixture.adminToken { return .adminToken }
    if let token = SecretToken(token, .key) { return try await gateway.directory.key(token.hash) }
    return try await gateway.directory.session(SecretToken.hash(token))?.principal
  }

  @Test("Things of the notifier are asked for in the name of their owner, whoever's id is given")
  func owners() async throws {
    let gateway = try GatewayFixture()
    let token = try gateway.directory.signIn(account: 42, role: .user).text
    let fields = [("authorization", "Bearer " + token)]
    for operation in Self.reads + Self.changes {
      let route = try #require(gateway.routes.first { $0.operation == operation })
      let body = [
        "registerChannel": #"{"kind":"CHANNEL_KIND_WEBHOOK","address":"https://example.com/"}"#,
        "createAlert": #"{"productId":"7","anyChange":{}}"#, "updateAlert": #"{"paused":true}"#,
        "verifyChannel": #"{"code":"123456"}"#,
      ][operation]
      let reply = try await gateway.send(
        route.method.rawValue, Self.path(of: route), fields + [("content-type", "application/json")], body: body)
      #expect((200...204).contains(reply.status), "\(operation): \(reply.body)")
    }
    #expect(gateway.services.subscribers == ["account:42"])
  }

  @Test("An act is written down before it is done, with who did it, and completed; reads are not")
  func audit() async throws {
    let gateway = try GatewayFixture()
    let token = try gateway.directory.signIn(account: 9, role: .operator, session: 5).text
    let fields = [("authorization", "Bearer " + token), ("x-request-id", "req-7")]
    #expect(try await gateway.get("/v1/admin/jobs", fields).status == 200)
    #expect(gateway.audit.entries.isEmpty)
    #expect(try await gateway.send("POST", "/v1/admin/jobs/price-check/pause", fields).status == 200)
    #expect(try await gateway.send("POST", "/v1/admin/jobs/nothing/pause", fields).status == 404)
    #expect(try await gateway.asAdmin("POST", "/v1/admin/jobs/pause").status == 200)
    let entries = gateway.audit.entries
    #expect(
      entries.first?.act
        == AuditAct(
          account: 9, credential: "session 5", operation: "pauseJob", arguments: ["price-check"], clientAddress: "",
          requestID: "req-7"))
    #expect(entries.map(\.status) == [200, 404, 200] && entries.last?.act.credential == "admin token")
  }

  @Test("What cannot be written down is not done")
  func failingAudit() async throws {
    let gateway = try GatewayFixture()
    gateway.audit.fail()
    #expect(try await gateway.asAdmin("POST", "/v1/admin/jobs/pause").status == 503)
    #expect(gateway.services.requestCount == 0)
    #expect(try await gateway.asAdmin("GET", "/v1/admin/jobs").status == 200)
  }
}
