import HTTPTypes
import MeshMessages
import MeshRPC
import Testing

@testable import EdgeGateway

@Suite("The operators' pages")
struct OperatorPageTests {
  /// Somebody who is signed in, in a browser.
  private struct Person {
    let gateway: GatewayFixture
    let cookie: String
    let csrf: String

    init(_ gateway: GatewayFixture, _ role: Role, session: Int64 = 5) throws {
      self.gateway = gateway
      cookie = "__Host-session=" + (try gateway.directory.signIn(account: 9, role: role, session: session).text)
      csrf = try gateway.accounts.identity.csrfToken(session)
    }

    func get(_ path: String) async throws -> GatewayFixture.Reply {
      try await gateway.get(path, [("accept", "text/html"), ("cookie", cookie)])
    }

    func post(
      _ path: String, _ fields: String = "", csrf: String? = nil, origin: String = "https://fiyat.example"
    ) async throws -> GatewayFixture.Reply {
      let body = "csrf=\(csrf ?? self.csrf)" + (fields.isEmpty ? "" : "&" + fields)
      return try await gateway.send(
        "POST", path,
        [
          ("accept", "text/html"), ("cookie", cookie), ("origin", origin),
          ("content-type", "application/x-www-form-urlencoded"),
        ], body: body)
    }
  }

  private static let pages = [
    "/admin", "/admin/jobs", "/admin/jobs/pause", "/admin/jobs/price-check/pause", "/admin/runs", "/admin/sources",
    "/admin/sources/shop.example", "/admin/products", "/admin/products?q=x", "/admin/products/7",
    "/admin/products/7/retire", "/admin/listings/11/remove", "/admin/deliveries", "/admin/cache/flush",
  ]

  @Test(
    "Every page is shown to operators in both languages, stored by nobody, under the strict policy", arguments: pages)
  func shown(path: String) async throws {
    let gateway = try GatewayFixture()
    let person = try Person(gateway, .operator)
    for path in [path, "/en" + path] {
      let page = try await person.get(path)
      #expect(page.status == 200, "\(path): \(page.body)")
      #expect(page["cache-control"] == "private, no-store")
      #expect(page["content-security-policy"]?.contains("script-src 'self'") == true)
      #expect(page.body.contains("aria-current=\"page\"") && page.body.contains("operators-"))
      // Accounts, keys and the audit log are for admins.
      #expect(!page.body.contains("/admin/audit"))
      #expect(!page.body.contains("{"), "a value is missing in \(path)")
    }
    #expect(gateway.audit.entries.isEmpty)
  }

  @Test("What comes from outside is text", arguments: ["/admin/jobs", "/en/admin/jobs"])
  func escaped(path: String) async throws {
    let page = try await Person(try GatewayFixture(), .operator).get(path)
    #expect(page.body.contains("Kulaklık &lt;b&gt;&quot;X&quot;&lt;/b&gt;") && !page.body.contains("<b>"))
  }

  @Test("Who is not signed in is led there, a user is told that it is not for him, an operator that of admins")
  func guarded() async throws {
    let gateway = try GatewayFixture()
    let stranger = try await gateway.get("/en/admin/jobs", [("accept", "text/html")])
    #expect(stranger.status == 303 && stranger["location"] == "/en/account/sign-in?next=%2Fen%2Fadmin%2Fjobs")
    let user = try Person(gateway, .user)
    for path in Self.pages {
      let page = try await user.get(path)
      #expect(page.status == 403 && page.body.hasPrefix("<!DOCTYPE html>"), "\(path)")
    }
    let watcher = try Person(gateway, .operator, session: 6)
    for path in ["/admin/accounts", "/admin/accounts/1", "/admin/keys", "/admin/keys/1/revoke", "/admin/audit"] {
      #expect(try await watcher.get(path).status == 403, "\(path)")
    }
    #expect(try await user.post("/admin/jobs/pause").status == 403)
    #expect(gateway.services.requestCount == 0 && gateway.audit.entries.isEmpty)
  }

  @Test("Looking at the question does nothing; the answer is done, written down under the operation's name, and told")
  func acts() async throws {
    let gateway = try GatewayFixture()
    let person = try Person(gateway, .operator)
    let question = try await person.get("/admin/jobs/price-check/pause")
    #expect(question.body.contains("method=\"post\"") && gateway.services.last(PricingV1.PauseJobRequest.self) == nil)
    let acts: [(path: String, fields: String, operation: String, arguments: [String], place: String)] = [
      ("/admin/jobs/price-check/pause", "", "pauseJob", ["price-check"], "/admin/jobs?did=paused"),
      ("/en/admin/jobs/price-check/resume", "", "resumeJob", ["price-check"], "/en/admin/jobs?did=resumed"),
      ("/admin/jobs/pause", "", "pauseAllJobs", [], "/admin/jobs?did=all-paused"),
      ("/admin/jobs/resume", "", "resumeAllJobs", [], "/admin/jobs?did=all-resumed"),
      ("/admin/listings/11/check", "", "checkNow", ["11"], "/admin/jobs?did=check"),
      (
        "/admin/listings/11/check", "back=/admin/runs%3Fjob%3Dprice-check", "checkNow", ["11"],
        "/admin/runs?job=price-check&did=check"
      ),
      ("/admin/listings/11/check", "back=//evil.example", "checkNow", ["11"], "/admin/jobs?did=check"),
      ("/admin/listings/11/check", "back=/account", "checkNow", ["11"], "/admin/jobs?did=check"),
      ("/admin/deliveries/5/retry", "", "retryDelivery", ["5"], "/admin/deliveries?did=retried"),
      ("/admin/products/7/retire", "", "retireProduct", ["7"], "/admin/products/7?did=retired"),
      ("/admin/products/7/revive", "", "updateProduct", ["7"], "/admin/products/7?did=revived"),
      ("/admin/listings/11/remove", "", "removeListing", ["11"], "/admin/products/0?did=listing-removed"),
    ]
    for act in acts {
      let reply = try await person.post(act.path, act.fields)
      #expect(reply.status == 303 && reply["location"] == act.place, "\(act.path): \(reply.status) \(reply.body)")
      let entry = try #require(gateway.audit.entries.last)
      #expect(entry.act.operation == act.operation && entry.act.arguments == act.arguments && entry.status == 303)
      #expect(entry.act.account == 9 && entry.act.credential == "session 5")
    }
    #expect(gateway.audit.entries.count == acts.count)
    #expect(gateway.services.last(NotifierV1.PauseSendingRequest.self)?.paused == false)
    let told = try await person.get("/admin/jobs?did=paused")
    #expect(told.body.contains("class=\"done\" role=\"status\""))
    #expect(try await person.get("/admin/jobs?did=nonsense").status == 400)
  }

  @Test("A form of another site, or without its token, does nothing and is no entry of the audit log")
  func foreign() async throws {
    let gateway = try GatewayFixture()
    let person = try Person(gateway, .operator)
    #expect(try await person.post("/admin/jobs/pause", csrf: "").status == 403)
    #expect(try await person.post("/admin/jobs/pause", csrf: "x").status == 403)
    #expect(try await person.post("/admin/jobs/pause", origin: "https://evil.example").status == 403)
    #expect(try await person.post("/admin/jobs/pause", "more=1").status == 400)
    #expect(gateway.services.requestCount == 0 && gateway.audit.entries.isEmpty)
  }

  @Test("A source takes over what was typed, and says what is wrong beside the field")
  func source() async throws {
    let gateway = try GatewayFixture()
    let person = try Person(gateway, .operator)
    let path = "/admin/sources/shop.example"
    let page = try await person.get(path)
    #expect(page.body.contains("value=\"0,5\"") && page.body.contains("value=\"1000\""))
    #expect(try await person.post(path, "rate=0%2C25&concurrency=3&budget=50&paused=on").status == 303)
    let sent = try #require(gateway.services.last(PricingV1.UpdateSourceRequest.self)?.source)
    #expect(sent.rateMillihertz == 250 && sent.concurrency == 3 && sent.dailyBudget == 50 && sent.paused)
    let wrong = try await person.post(path, "rate=2000&concurrency=x&budget=%22%3E%3Cscript%3E")
    #expect(wrong.status == 400 && wrong.body.contains("id=\"f-rate-error\""))
    #expect(wrong.body.contains("id=\"f-concurrency-error\"") && wrong.body.contains("id=\"f-budget-error\""))
    #expect(wrong.body.contains("value=\"&quot;&gt;&lt;script&gt;\"") && !wrong.body.contains("\"><script>"))
    #expect(gateway.services.all(PricingV1.UpdateSourceRequest.self).count == 1)
  }

  @Test("A product is changed as it was seen; one that was changed meanwhile keeps what was typed")
  func product() async throws {
    let gateway = try GatewayFixture()
    let person = try Person(gateway, .operator)
    let fields = "title=%3Cb%3EYeni%3C%2Fb%3E&brand=M&gtin=&category=a%2Fb&image_url=&priority=hot"
    #expect(try await person.post("/admin/products/7", fields + "&version=2").status == 303)
    let sent = try #require(gateway.services.last(CatalogV1.UpdateProductRequest.self))
    #expect(sent.product?.title == "<b>Yeni</b>" && sent.product?.priority == .hot && sent.expectedVersion == 2)
    #expect(sent.updateMask?.paths == ["title", "brand", "gtin", "category", "image_url", "priority"])
    let stale = try await person.post("/admin/products/7", fields + "&version=3")
    #expect(stale.status == 409 && stale.body.contains("value=\"&lt;b&gt;Yeni&lt;/b&gt;\""))
    #expect(stale.body.contains("role=\"alert\""))
    for wrong in [fields + "&version=0", fields + "&version=x", "title=x&version=2&priority=warm"] {
      #expect(try await person.post("/admin/products/7", wrong).status == 400)
    }
  }

  @Test("A service that is away is said to be, and the rest is shown")
  func away() async throws {
    let gateway = try GatewayFixture()
    let person = try Person(gateway, .operator)
    gateway.services.fail(with: RPCError(code: .unavailable, message: "x"))
    for path in ["/admin", "/admin/jobs"] {
      let page = try await person.get(path)
      #expect(page.status == 200 && page.body.contains(OperatorPhrase.serviceAway.text(in: .turkish)))
    }
    #expect(try await person.get("/admin/sources").status == 503)
  }

  @Test(
    "Every phrase of operators is there in both languages, with the same values", arguments: OperatorPhrase.allCases)
  func phrases(phrase: OperatorPhrase) {
    let (turkish, english) = phrase.forms
    #expect(!turkish.isEmpty && !english.isEmpty && PhraseTests.names(turkish) == PhraseTests.names(english))
  }

  @Test("Every notice has words", arguments: OperatorNotice.allCases)
  func notices(notice: OperatorNotice) {
    let context = PageContext(site: PageSite(base: "https://fiyat.example"), language: .english, path: "/admin")
    let markup = String(decoding: notice.markup(OperatorContext(page: context)).bytes, as: UTF8.self)
    #expect(markup.contains("role=\"status\""))
  }

  @Test("Files of the operators' pages of another version are this version's")
  func assets() async throws {
    let gateway = try GatewayFixture()
    for asset in [SiteAssets.operatorStyle, SiteAssets.operatorScript, SiteAssets.style] {
      #expect(try await gateway.get(asset.path)["cache-control"] == ConditionalRequests.immutable)
    }
    let other = try await gateway.get("/assets/operators-0123.css")
    #expect(other.status == 200 && other.body == String(decoding: SiteAssets.operatorStyle.bytes, as: UTF8.self))
    #expect(try await gateway.get("/assets/operators-0123.png").status == 404)
  }
}
