import HTTPTypes
import MeshMessages
import PostgresClient
import Sodium
import Synchronization
import Testing

@testable import EdgeGateway

@Suite("Addresses, passwords, tokens")
struct AccountInputTests {
  @Test(
    "An address is what mail servers take",
    arguments: [
      ("ayse@example.com", true), ("Ayse.Yilmaz+fiyat@mail.example.com.tr", true), ("a@b.co", true),
      ("o'neil@example.ie", true), ("ayse@xn--rnek-5qa.example", true), ("", false), ("ayse", false),
      ("ayse@", false), ("@example.com", false), ("ayse@localhost", false), ("a@b@example.com", false),
      ("ayse @example.com", false), ("ayse@example..com", false), (".ayse@example.com", false),
      ("ayse.@example.com", false), ("ayse@-example.com", false), ("ayse@example.com\n", false),
      ("ayse@[127.0.0.1]", false), ("ayse@127.0.0.1", false), ("ayşe@example.com", false),
      ("\"a b\"@example.com", false), ("ayse@example.com>", false),
    ])
  func addresses(text: String, isOne: Bool) { #expect((EmailAddress(text) != nil) == isOne) }

  @Test("Long addresses are refused, and letters' case makes no second account")
  func addressForms() throws {
    #expect(EmailAddress(String(repeating: "a", count: 65) + "@example.com") == nil)
    #expect(EmailAddress("a@" + String(repeating: "a.", count: 130) + "com") == nil)
    #expect(try #require(EmailAddress("Ayse@Example.COM")).key == "ayse@example.com")
  }

  @Test(
    "Passwords that are short, huge or everybody's first idea are refused",
    arguments: [
      ("correct horse battery", true), ("şifrem-çok-güzel", true), ("Tr0ub4dor&3x", true),
      ("passwordless-is-best", true),
      ("short", false), ("123456789", false), ("1234567890", false), ("password123", false), ("Password1!", false),
      ("aaaaaaaaaaaa", false), ("abababababab", false), ("galatasaray1", false), ("ayse@example.com", false),
      ("qwertyuiop", false), ("nul\u{0}nul-nul-nul", false),
    ])
  func passwords(text: String, isGood: Bool) {
    #expect((PasswordPolicy.fault(in: text, of: EmailAddress("ayse@example.com")) == nil) == isGood)
  }

  @Test("A password has at most 256 characters and 1,024 bytes")
  func passwordLength() {
    let letters = "abcdefgh"
    let long = String(repeating: letters, count: 32)
    #expect(PasswordPolicy.fault(in: long, of: nil) == nil)
    #expect(PasswordPolicy.fault(in: long + "x", of: nil) != nil)
    let marks = "abcdefghij" + String(repeating: "\u{301}", count: 600)
    #expect(PasswordPolicy.fault(in: marks, of: nil) != nil)
  }

  @Test("Tokens are new each time, tell their kind, and only texts of their form are looked up")
  func tokens() throws {
    for kind in SecretToken.Kind.allCases {
      let token = try SecretToken.make(kind)
      #expect(token.text.hasPrefix(kind.rawValue) && token.text.utf8.count == 46)
      #expect(SecretToken(token.text, kind)?.hash == token.hash && token.hash.count == 32)
      #expect(try SecretToken.make(kind).text != token.text)
      for text in [token.text + "a", String(token.text.dropLast()), String(token.text.dropLast()) + "="] {
        #expect(SecretToken(text, kind) == nil)
      }
      for other in SecretToken.Kind.allCases where other != kind { #expect(SecretToken(token.text, other) == nil) }
    }
  }

  @Test("The first failures lock nobody out; then each one twice as long, up to a limit")
  func lockout() {
    let schedule = LockoutSchedule(free: 3, first: .seconds(10), maximum: .seconds(60), memory: .seconds(100))
    #expect(
      (1...8).map { schedule.lock(after: $0) } == [nil, nil, .seconds(10), .seconds(20), .seconds(40)]
        + Array(repeating: .seconds(60), count: 3))
    #expect(schedule.lock(after: .max) == .seconds(60))
  }

  @Test("A mail's token opens in its own row for its own recipient alone")
  func sealing() throws {
    let secrets = try AccountSecrets(hexadecimalKeys: [FakeAccounts.secretKey])
    let token = try SecretToken.make(.reset)
    let id = UUIDBytes.random()
    let sealed = try secrets.seal(token, mail: id, to: "ayse@example.com")
    #expect(try secrets.open(sealed, mail: id, to: "ayse@example.com") == token.text)
    #expect(throws: SodiumError.self) { try secrets.open(sealed, mail: .random(), to: "ayse@example.com") }
    #expect(throws: SodiumError.self) { try secrets.open(sealed, mail: id, to: "eve@example.com") }
  }

  @Test("A mail leads to its page, with the token where no log sees it")
  func links() {
    let url = "https://fiyat.example"
    #expect(MailCourier.link(.verifyAddress, "fv_x", url) == "https://fiyat.example/account/verify?token=fv_x")
    #expect(MailCourier.link(.resetPassword, "fr_x", url) == "https://fiyat.example/account/reset?token=fr_x")
    #expect(MailCourier.link(.passwordChanged, nil, url) == "https://fiyat.example/account/reset")
  }

  @Test(
    "PUBLIC_URL is an http(s) address without query or fragment",
    arguments: [
      ("https://fiyat.example", true), ("http://127.0.0.1:8080", true), ("https://fiyat.example/radar", true),
      ("fiyat.example", false), ("ftp://fiyat.example", false), ("https://", false), ("https://a b", false),
      ("https://fiyat.example#x", false), ("https://fiyat.example/?x", false),
    ])
  func publicURL(text: String, isUsable: Bool) { #expect(PublicURL.isUsable(text) == isUsable) }
}

@Suite("Hashes of passwords")
struct PasswordHasherTests {
  private static func hasher(operations: Int = 1) throws -> PasswordHasher {
    try PasswordHasher(operations: operations, memory: 8 << 20, atOnce: 2)
  }

  @Test("The right password is right, others and those of nobody are not, and a changed cost is noticed")
  func hashes() async throws {
    let hasher = try Self.hasher()
    let hash = try await hasher.hash("correct horse")
    #expect(hash.hasPrefix("$argon2id$v=19$m=8192,t=1,p=1$"))
    #expect(try await hasher.isRight("correct horse", for: hash))
    #expect(try await !hasher.isRight("correct horsf", for: hash))
    #expect(try await !hasher.isRight("correct horse", for: nil))
    #expect(try await !hasher.isRight("correct horse", for: "no hash"))
    let costlier = try Self.hasher(operations: 2)
    #expect(!hasher.isOutdated(hash) && costlier.isOutdated(hash))
    #expect(try await costlier.isRight("correct horse", for: hash))
    await hasher.shutdown()
    await costlier.shutdown()
  }

  @Test("A flood of attempts is turned away, and those who wait are served")
  func flood() async throws {
    let hasher = try Self.hasher()
    let hash = try await hasher.hash("correct horse")
    let outcomes = await withTaskGroup(of: Int.self) { group in
      for _ in 0..<200 {
        group.addTask {
          do { return try await hasher.isRight("correct horse", for: hash) ? 200 : 401 } catch {
            return (error as? Problem)?.status.code ?? 0
          }
        }
      }
      return await group.reduce(into: [:]) { $0[$1, default: 0] += 1 }
    }
    #expect(Set(outcomes.keys) == [200, 503] && outcomes[200, default: 0] >= 32, "\(outcomes)")
    #expect(try await hasher.isRight("correct horse", for: hash))
    await hasher.shutdown()
  }
}

@Suite("Sessions and keys at the door")
struct CredentialTests {
  @Test("An answer is remembered for some seconds, and forgotten at once when it is revoked here")
  func cache() async throws {
    let directory = FakeDirectory()
    let now = Mutex<Int64>(1)
    let cache = CredentialCache(directory) { now.withLock { $0 } }
    let token = try directory.signIn(account: 1, role: .user)
    for _ in 0..<5 { #expect(try await cache.session(token.hash) != nil) }
    #expect(directory.questions == 1)
    // Revoked elsewhere.
    directory.revoke(token)
    #expect(try await cache.session(token.hash) != nil)
    now.withLock { $0 += CredentialCache.lifetime }
    #expect(try await cache.session(token.hash) == nil)
    // Revoked here.
    let other = try directory.signIn(account: 2, role: .user)
    #expect(try await cache.session(other.hash) != nil)
    directory.revoke(other)
    cache.forget(account: 2)
    #expect(try await cache.session(other.hash) == nil)
  }

  @Test("What is revoked while it is looked up is not remembered")
  func race() async throws {
    let directory = FakeDirectory()
    let cache = CredentialCache(directory) { 1 }
    let token = try directory.signIn(account: 1, role: .user)
    directory.onQuestion {
      directory.revoke(token)
      cache.forget(account: 1)
    }
    #expect(try await cache.session(token.hash) != nil)
    #expect(try await cache.session(token.hash) == nil)
  }

  @Test("A key is known on open routes as well, as X-Api-Key or bearer token; a wrong one is refused there too")
  func keys() async throws {
    let gateway = try GatewayFixture(policies: [
      .api: RatePolicy(requestsPerSecond: 1, burst: 1), .pro: RatePolicy(requestsPerSecond: 1, burst: 7),
    ])
    let key = try gateway.directory.makeKey(account: 1, role: .user, tier: .pro, scopes: [.read])
    for fields in [[("x-api-key", key.text)], [("authorization", "Bearer " + key.text)]] {
      let reply = try await gateway.get("/v1/products", fields)
      #expect(reply.status == 200 && reply["ratelimit-policy"]?.hasPrefix("\"pro\";q=7") == true)
    }
    let wrong = try SecretToken.make(.key).text
    #expect(try await gateway.get("/v1/products", [("x-api-key", wrong)]).status == 401)
    #expect(try await gateway.get("/v1/products", [("authorization", "Bearer " + wrong)]).status == 401)
  }

  @Test("A key buys more requests, not more attempts to sign in")
  func attempts() async throws {
    let gateway = try GatewayFixture(policies: [
      .auth: RatePolicy(requestsPerSecond: 1, burst: 2), .partner: RatePolicy(requestsPerSecond: 100, burst: 200),
    ])
    let key = try gateway.directory.makeKey(account: 1, role: .user, tier: .partner, scopes: [.read])
    var statuses: [Int] = []
    for _ in 0..<4 {
      let reply = try await gateway.send(
        "POST", "/v1/sessions", [("x-api-key", key.text), ("content-type", "application/json")], body: "{}")
      statuses.append(reply.status)
    }
    #expect(statuses == [400, 400, 429, 429])
  }

  @Test("A cookie reads, and changes nothing without its CSRF token and from another site")
  func crossSite() async throws {
    let gateway = try GatewayFixture()
    let token = try gateway.directory.signIn(account: 1, role: .operator, session: 31)
    let cookie = ("cookie", "theme=dark; __Host-session=\(token.text)")
    let csrf = ("x-csrf-token", try gateway.accounts.identity.csrfToken(31))
    func pause(_ fields: (String, String)...) async throws -> Int {
      try await gateway.send("POST", "/v1/admin/jobs/price-check/pause", [cookie] + fields).status
    }
    #expect(try await gateway.get("/v1/admin/jobs", [cookie]).status == 200)
    #expect(try await pause() == 403)
    #expect(try await pause(("x-csrf-token", try gateway.accounts.identity.csrfToken(32))) == 403)
    #expect(try await pause(csrf, ("origin", "https://evil.example")) == 403)
    #expect(try await pause(csrf, ("origin", "null")) == 403)
    #expect(try await pause(csrf, ("origin", "https://fiyat.example.evil.example")) == 403)
    #expect(try await pause(csrf, ("sec-fetch-site", "cross-site")) == 403)
    #expect(try await pause(csrf, ("sec-fetch-site", "same-site")) == 403)
    #expect(gateway.audit.entries.isEmpty)
    #expect(try await pause(csrf) == 200)
    #expect(try await pause(csrf, ("origin", "https://fiyat.example")) == 200)
    #expect(try await pause(csrf, ("origin", "http://localhost"), ("sec-fetch-site", "same-origin")) == 200)
    // The same token as a bearer's needs none of it.
    #expect(
      try await gateway.send(
        "POST", "/v1/admin/jobs/price-check/pause",
        [("authorization", "Bearer " + token.text), ("origin", "https://evil.example")]
      ).status == 200)
  }

  @Test("Another site cannot sign a browser in as somebody else")
  func signInFromElsewhere() async throws {
    let gateway = try GatewayFixture()
    let body = #"{"email":"eve@example.com","password":"correct horse","cookie":true}"#
    let reply = try await gateway.send(
      "POST", "/v1/sessions", [("content-type", "application/json"), ("origin", "https://evil.example")], body: body)
    #expect(reply.status == 403)
  }

  @Test("The cookie is for this host, for requests and for our own pages alone")
  func cookie() throws {
    let token = try SecretToken.make(.session)
    let secure = SessionCookie(isSecure: true, lifetime: .seconds(60))
    #expect(
      secure.setting(token)
        == "__Host-session=\(token.text); Max-Age=60; Path=/; HttpOnly; SameSite=Lax; Secure")
    #expect(secure.removal.hasPrefix("__Host-session=; Max-Age=0; Path=/"))
    let clear = SessionCookie(isSecure: false, lifetime: .seconds(60))
    #expect(clear.setting(token) == "session=\(token.text); Max-Age=60; Path=/; HttpOnly; SameSite=Lax")
    func read(_ cookie: SessionCookie, _ value: String) -> String? {
      cookie.token(in: HTTPFields([HTTPField(name: .cookie, value: value)]))?.text
    }
    #expect(read(secure, "a=b; __Host-session=\(token.text); c=d") == token.text)
    #expect(read(secure, "session=\(token.text)") == nil && read(clear, "session=\(token.text)") == token.text)
    #expect(read(clear, "sessions=\(token.text)") == nil && read(clear, "session=x") == nil)
  }

  @Test(
    "Bad bodies are refused before anything is asked, and the field is named",
    arguments: [
      ("/v1/accounts", #"{"email":"x","password":"correct horse"}"#, "email"),
      ("/v1/accounts", #"{"email":"a@example.com","password":"short"}"#, "password"),
      ("/v1/accounts", #"{"email":"a@example.com","password":"correct horse","language":"de"}"#, "language"),
      ("/v1/accounts", #"{"email":"a@example.com","password":"correct horse","role":"ROLE_ADMIN"}"#, "role"),
      ("/v1/accounts/verify", #"{"token":"abc"}"#, "token"),
      ("/v1/accounts/password-reset", #"{"email":""}"#, "email"),
      ("/v1/accounts/password-reset/confirm", #"{"token":"abc","password":"correct horse"}"#, "token"),
      ("/v1/sessions", #"{"email":"a@example.com"}"#, "password"),
      ("/v1/sessions", #"{"email":"a@example.com","password":7}"#, "password"),
    ])
  func badBodies(path: String, body: String, field: String) async throws {
    let gateway = try GatewayFixture()
    let reply = try await gateway.send("POST", path, [("content-type", "application/json")], body: body)
    #expect(reply.status == 400 && reply.body.contains(#""field":"\#(field)""#), "\(reply.body)")
  }
}
