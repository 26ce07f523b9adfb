import MeshMessages
import PostgresClient
import Sodium
import TestSupport
import Testing

@testable import EdgeGateway

@Suite("Signing in and up") struct SignInTests {
  @Test("Whoever knows the password signs in; whatever else is wrong, nobody is told what, at the cost of one hash")
  func oneHash() async throws {
    try await EdgeDatabase.with { edge in
      _ = try await edge.person("ayse")
      try await edge.parts.signUp(try EdgeDatabase.address("new"), EdgeDatabase.password, language: "tr")
      let disabled = try await edge.person("gone")
      _ = try await edge.parts.accounts.change(disabled, role: nil, isDisabled: true)
      for attempt in [
        ("ayse", "wrong horse battery"), ("nobody", EdgeDatabase.password), ("new", EdgeDatabase.password),
        ("gone", EdgeDatabase.password),
      ] {
        let before = edge.hasher.computed
        #expect(try await edge.signIn(attempt.0, attempt.1) == nil, "\(attempt.0)")
        #expect(edge.hasher.computed == before + 1, "\(attempt.0)")
      }
      let before = edge.hasher.computed
      let signedIn = try #require(try await edge.signIn("ayse"))
      #expect(edge.hasher.computed == before + 1)
      let found = try #require(try await edge.parts.identity.cache.session(signedIn.token.hash))
      #expect(found.principal == Principal(account: signedIn.account.id, role: .user, session: signedIn.session.id))
      #expect(try await edge.signIn("AYSE") != nil)
    }
  }

  @Test("Nothing that opens anything lies in the database: no password, token or key, nor an address that was tried")
  func atRest() async throws {
    try await EdgeDatabase.with { edge in
      let account = try await edge.person("ayse")
      let session = try #require(try await edge.signIn("ayse"))
      let key = try SecretToken.make(.key)
      _ = try await edge.parts.keys.add(key, .init(name: "k", scopes: [.read], expiresAt: nil), of: account)
      try await edge.parts.reset.request(try EdgeDatabase.address("ayse"))
      _ = try await edge.signIn("secret-admirer", "wrong horse battery")
      var dump = ""
      for table in ["account", "session", "api_key", "account_token", "lockout", "mail_outbox"] {
        dump +=
          try await edge.pool.read("SELECT coalesce(string_agg(t::text, ' '), '') FROM \(table) t")
          .scalar(String.self) ?? ""
      }
      #expect(dump.contains("ayse@example.com") && dump.contains(key.shownPrefix))
      let reset = try #require(try await edge.takeMail(2))
      for secret in [session.token.text, key.text, reset, EdgeDatabase.password, "secret-admirer"] {
        #expect(!dump.contains(secret) && !dump.contains(Hexadecimal.text(Array(secret.utf8))))
      }
    }
  }

  @Test("A password's hash is made anew at sign-in when it was made at another cost")
  func rehash() async throws {
    try await EdgeDatabase.with { edge in
      let id = try await edge.person("ayse")
      let costlier = try PasswordHasher(operations: 2, memory: 8192, atOnce: 1)
      let other = AccountParts(
        pool: edge.pool, hasher: costlier, secrets: edge.parts.secrets, cookie: edge.parts.identity.cookie,
        publicURL: "https://fiyat.example", lifetimes: EdgeDatabase.lifetimes)
      func hash() async throws -> String? {
        try await edge.pool.read("SELECT password_hash FROM account WHERE id = $1", [id]).scalar(String.self)
      }
      #expect(try await hash()?.contains("t=1,") == true)
      #expect(try await edge.signIn("ayse", parts: other) != nil)
      #expect(try await hash()?.contains("t=2,") == true)
      #expect(try await edge.signIn("ayse", parts: other) != nil)
      await costlier.shutdown()
    }
  }

  @Test(
    "Too many failures lock an address out, for longer each time; the right password and other gateways are no help")
  func lockout() async throws {
    try await EdgeDatabase.with { edge in
      _ = try await edge.person("ayse")
      func fail(_ count: Int) async throws {
        for index in 0..<count {
          #expect(try await edge.signIn("ayse", "wrong horse", client: Int64(index + 10)) == nil)
        }
      }
      func locked() async throws -> Double {
        try await edge.pool.read(
          "SELECT coalesce(extract(epoch FROM max(locked_until) - now())::float8, 0) FROM lockout"
        ).scalar(Double.self) ?? -1
      }
      try await fail(4)
      #expect(try await locked() == 0)
      #expect(try await edge.signIn("ayse") != nil)
      // The success has wiped the slate.
      try await fail(4)
      #expect(try await edge.signIn("ayse") != nil)
      try await fail(5)
      let first = try await locked()
      #expect((25...30).contains(first), "\(first)")
      let before = edge.hasher.computed
      #expect(try await edge.signIn("ayse", client: 99) == nil)
      #expect(edge.hasher.computed == before + 1)
      // Attempts while it is locked make nothing longer.
      try await fail(3)
      #expect(try await locked() <= first)
      try await edge.age("lockout", "failed_at", "locked_until", by: 40)
      try await fail(1)
      #expect((50...60).contains(try await locked()))
      try await edge.age("lockout", "failed_at", "locked_until", by: 70)
      #expect(try await edge.signIn("ayse") != nil)
      #expect(try await locked() <= 0)
      // An address without an account is locked in the same way: nothing tells the two apart.
      for index in 0..<5 { #expect(try await edge.signIn("nobody", client: Int64(index + 200)) == nil) }
      #expect((25...30).contains(try await locked()))
    }
  }

  @Test("The database's schedule is the one that is written down")
  func schedule() async throws {
    try await EdgeDatabase.with { edge in
      let store = LockoutStore()
      let schedule = LockoutSchedule(free: 2, first: .seconds(100), maximum: .seconds(700), memory: .seconds(5000))
      let subject = LockoutStore.Subject(digest: [UInt8](repeating: 1, count: 32), schedule: schedule)
      for failures in 1...6 {
        #expect(try await edge.pool.withTransaction { try await store.attempt(subject, in: $0) })
        let seconds =
          try await edge.pool.read(
            "SELECT extract(epoch FROM locked_until - failed_at)::float8 FROM lockout"
          ).scalar(Double?.self) ?? nil
        #expect(seconds == schedule.lock(after: failures)?.secondsValue, "\(failures)")
        if seconds != nil { #expect(try await !edge.pool.withTransaction { try await store.attempt(subject, in: $0) }) }
        try await edge.age("lockout", "failed_at", "locked_until", by: 701)
      }
      try await edge.age("lockout", "failed_at", "locked_until", by: 5000)
      #expect(try await edge.pool.withTransaction { try await store.attempt(subject, in: $0) })
      #expect(try await edge.pool.read("SELECT failures FROM lockout").scalar(Int32.self) == 1)
    }
  }

  @Test("However many guess at once, no more are judged than are forgiven")
  func parallelGuesses() async throws {
    try await EdgeDatabase.with { edge in
      _ = try await edge.person("ayse")
      let granted = try await withThrowingTaskGroup(of: Bool.self) { group in
        for index in 0..<30 {
          group.addTask {
            let subject = LockoutStore.Subject(
              digest: try edge.parts.secrets.lockoutSubject("a:ayse@example.com"), schedule: .account)
            _ = index
            return try await edge.pool.withTransaction { try await LockoutStore().attempt(subject, in: $0) }
          }
        }
        return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
      }
      #expect(granted == LockoutSchedule.account.free)
    }
  }

  @Test("One who fails with many addresses is locked out wherever he tries next; others are not")
  func client() async throws {
    try await EdgeDatabase.with { edge in
      _ = try await edge.person("ayse")
      try await edge.pool.execute(
        "INSERT INTO lockout (subject, failures, failed_at) VALUES ($1, 99, now())",
        [try edge.parts.secrets.lockoutSubject("c:" + RateSubject(key: 5).text)])
      #expect(try await edge.signIn("somebody", "wrong horse", client: 5) == nil)
      #expect(try await edge.signIn("ayse", client: 5) == nil)
      #expect(try await edge.signIn("ayse", client: 6) != nil)
    }
  }

  @Test("An attempt that could not be judged is no failure")
  func busy() async throws {
    try await EdgeDatabase.with { edge in
      _ = try await edge.person("ayse")
      edge.hasher.setBusy(true)
      for _ in 0..<10 { await #expect(throws: Problem.self) { try await edge.signIn("ayse") } }
      edge.hasher.setBusy(false)
      #expect(try await edge.signIn("ayse") != nil)
    }
  }

  @Test("Signing up tells the address's owner alone whether there is an account; the work is the same")
  func signUp() async throws {
    try await EdgeDatabase.with { edge in
      let address = try EdgeDatabase.address("ayse")
      var computed: [Int] = []
      func signUp(_ password: String) async throws {
        let before = edge.hasher.computed
        try await edge.parts.signUp(address, password, language: "en")
        computed.append(edge.hasher.computed - before)
      }
      try await signUp("mine, I think")
      let mine = try await edge.takeToken(1, .verification)
      // Somebody else wants the address, too.
      try await signUp("the stranger's")
      let stranger = try await edge.takeToken(1, .verification)
      #expect(try await edge.signIn("ayse", "mine, I think") == nil)
      // The owner follows the first mail, and gets the password that was given with it.
      #expect(try await edge.parts.signUp.verify(mine))
      #expect(try await edge.signIn("ayse", "mine, I think") != nil)
      #expect(try await edge.signIn("ayse", "the stranger's") == nil)
      #expect(try await !edge.parts.signUp.verify(mine))
      #expect(try await !edge.parts.signUp.verify(stranger))
      // From now on the owner is told, once an hour.
      for _ in 0..<3 { try await signUp("the stranger's") }
      #expect(try await edge.pool.read("SELECT count(*) FROM mail_outbox WHERE mail = 3").scalar(Int.self) == 1)
      #expect(
        try await edge.pool.read("SELECT count(*) FROM mail_outbox WHERE recipient IS NULL").scalar(Int.self) == 2)
      #expect(computed == [1, 1, 1, 1, 1])
      #expect(try await edge.count("account") == 1)
    }
  }

  @Test("Nobody's mailbox is flooded: three mails of a kind in an hour")
  func mailFlood() async throws {
    try await EdgeDatabase.with { edge in
      let address = try EdgeDatabase.address("ayse")
      for _ in 0..<6 { try await edge.parts.signUp(address, EdgeDatabase.password, language: "tr") }
      for _ in 0..<6 { try await edge.parts.reset.request(address) }
      let kinds = try await edge.pool.read(
        "SELECT mail FROM mail_outbox WHERE recipient IS NOT NULL ORDER BY mail"
      ).scalars(Int16.self)
      #expect(kinds == [1, 1, 1, 2, 2, 2])
      #expect(try await edge.count("mail_outbox") == 12)
    }
  }

  @Test("A reset by mail sets the password, ends all sessions, lets a locked owner in, and works once, within an hour")
  func reset() async throws {
    try await EdgeDatabase.with { edge in
      let id = try await edge.person("ayse")
      let session = try #require(try await edge.signIn("ayse"))
      for index in 0..<6 { _ = try await edge.signIn("ayse", "wrong horse", client: Int64(index + 10)) }
      #expect(try await edge.signIn("ayse", client: 20) == nil)
      try await edge.parts.reset.request(try EdgeDatabase.address("nobody"))
      #expect(try await edge.takeMail(2) == nil)
      try await edge.parts.reset.request(try EdgeDatabase.address("ayse"))
      let token = try await edge.takeToken(2, .reset)
      #expect(try await edge.parts.reset.confirm(try SecretToken.make(.reset), "another horse") == nil)
      #expect(try await edge.parts.reset.confirm(token, "another horse") == id)
      #expect(try await edge.parts.reset.confirm(token, "a third horse!") == nil)
      #expect(try await edge.parts.identity.cache.session(session.token.hash) == nil)
      #expect(try await edge.signIn("ayse", client: 21) == nil)
      #expect(try await edge.signIn("ayse", "another horse", client: 22) != nil)
      #expect(try await edge.takeMail(4) == "")
      try await edge.parts.reset.request(try EdgeDatabase.address("ayse"))
      let late = try await edge.takeToken(2, .reset)
      try await edge.age("account_token", "expires_at", by: 3601)
      #expect(try await edge.parts.reset.confirm(late, "a third horse!") == nil)
    }
  }

  @Test("Two who bring one token at once do not both succeed")
  func tokenRace() async throws {
    try await EdgeDatabase.with { edge in
      _ = try await edge.person("ayse")
      try await edge.parts.reset.request(try EdgeDatabase.address("ayse"))
      let token = try await edge.takeToken(2, .reset)
      let successes = try await withThrowingTaskGroup(of: Bool.self) { group in
        for index in 0..<8 {
          group.addTask { try await edge.parts.reset.confirm(token, "another horse \(index)") != nil }
        }
        return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
      }
      #expect(successes == 1)
    }
  }

  @Test("A changed password needs the old one, and ends all other sessions")
  func change() async throws {
    try await EdgeDatabase.with { edge in
      let id = try await edge.person("ayse")
      let mine = try #require(try await edge.signIn("ayse"))
      let other = try #require(try await edge.signIn("ayse"))
      let reset = edge.parts.reset
      #expect(try await !reset.change(id, session: mine.session.id, current: "wrong horse", new: "another horse"))
      #expect(
        try await reset.change(id, session: mine.session.id, current: EdgeDatabase.password, new: "another horse"))
      #expect(try await edge.parts.sessions.list(of: id).map(\.id) == [mine.session.id])
      #expect(try await edge.parts.identity.cache.session(other.token.hash) == nil)
      #expect(try await edge.signIn("ayse", "another horse") != nil)
      // A stolen session is no way to guess the password.
      for _ in 0..<5 {
        #expect(try await !reset.change(id, session: mine.session.id, current: "wrong horse", new: "a third horse!"))
      }
      #expect(try await !reset.change(id, session: mine.session.id, current: "another horse", new: "a third horse!"))
    }
  }
}
