import Logging
import MeshMessages
import MeshRPC
import NIOPosix
import PostgresClient
import TestSupport
import Testing

@testable import EdgeGateway

private let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

@Suite("What is kept of accounts") struct AccountStoreTests {
  @Test("A session ends when it is idle, when it is old, and when its account is disabled")
  func sessionEnds() async throws {
    try await EdgeDatabase.with { edge in
      let id = try await edge.person("ayse")
      let directory = CredentialStore(pool: edge.pool, lifetimes: EdgeDatabase.lifetimes)
      func isGood(_ signedIn: SignIn.SignedIn) async throws -> Bool {
        try await directory.session(signedIn.token.hash) != nil
      }
      let idle = try #require(try await edge.signIn("ayse"))
      #expect(try await isGood(idle))
      try await edge.age("session", "last_used_at", by: 3601)
      #expect(try await !isGood(idle))
      let old = try #require(try await edge.signIn("ayse"))
      try await edge.age("session", "expires_at", by: 7201)
      #expect(try await !isGood(old))
      #expect(try await edge.parts.sessions.list(of: id).isEmpty)
      let disabled = try #require(try await edge.signIn("ayse"))
      _ = try await edge.parts.accounts.change(id, role: nil, isDisabled: true)
      #expect(try await !isGood(disabled))
    }
  }

  @Test("That a session is used is written down at most once a minute")
  func lastUsed() async throws {
    try await EdgeDatabase.with { edge in
      _ = try await edge.person("ayse")
      let signedIn = try #require(try await edge.signIn("ayse"))
      let directory = CredentialStore(pool: edge.pool, lifetimes: EdgeDatabase.lifetimes)
      func lastUsed() async throws -> Timestamp? {
        try await edge.pool.read("SELECT last_used_at FROM session").scalar(Timestamp.self)
      }
      let first = try await lastUsed()
      _ = try await directory.session(signedIn.token.hash)
      #expect(try await lastUsed() == first)
      try await edge.age("session", "last_used_at", by: 61)
      _ = try await directory.session(signedIn.token.hash)
      let second = try #require(try await lastUsed())
      #expect(second > (try #require(first)))
    }
  }

  @Test("An old token is replaced once, the old one stays good for a minute, and the new one stays the same session")
  func rotation() async throws {
    try await EdgeDatabase.with { edge in
      let id = try await edge.person("ayse")
      let signedIn = try #require(try await edge.signIn("ayse"))
      let directory = CredentialStore(pool: edge.pool, lifetimes: EdgeDatabase.lifetimes)
      let sessions = edge.parts.sessions
      let session = signedIn.session.id
      #expect(try await directory.session(signedIn.token.hash)?.isDueForRotation == false)
      #expect(try await sessions.rotate(session, from: signedIn.token.hash) == nil)
      try await edge.age("session", "rotated_at", by: 601)
      #expect(try await directory.session(signedIn.token.hash)?.isDueForRotation == true)
      // Many tabs at once.
      let tokens = try await withThrowingTaskGroup(of: SecretToken?.self) { group in
        for _ in 0..<8 { group.addTask { try await sessions.rotate(session, from: signedIn.token.hash) } }
        return try await group.reduce(into: [SecretToken]()) { if let token = $1 { $0.append(token) } }
      }
      let new = try #require(tokens.first)
      #expect(tokens.count == 1)
      for hash in [signedIn.token.hash, new.hash] {
        let found = try #require(try await directory.session(hash))
        #expect(found.principal.session == session && !found.isDueForRotation)
      }
      try await edge.age("session", "previous_until", by: 61)
      #expect(try await directory.session(signedIn.token.hash) == nil)
      #expect(try await directory.session(new.hash) != nil)
      #expect(try await sessions.list(of: id).count == 1)
    }
  }

  @Test("An account has fifty sessions at most; the one that was not used for longest goes")
  func manySessions() async throws {
    try await EdgeDatabase.with { edge in
      let id = try await edge.person("ayse")
      var first: SignIn.SignedIn?
      for index in 0..<(SessionStore.maximum + 3) {
        let signedIn = try await edge.signIn("ayse")
        if index == 0 { first = signedIn }
      }
      let left = try await edge.parts.sessions.list(of: id)
      #expect(left.count == SessionStore.maximum && !left.contains { $0.id == first?.session.id })
    }
  }

  @Test("A key is good until it expires or is revoked, with its own scopes as far as its owner's role has them")
  func keys() async throws {
    try await EdgeDatabase.with { edge in
      let ayse = try await edge.person("ayse", role: .operator)
      let can = try await edge.person("can")
      let keys = edge.parts.keys
      let directory = CredentialStore(pool: edge.pool, lifetimes: EdgeDatabase.lifetimes)
      let key = try SecretToken.make(.key)
      let record = try #require(
        try await keys.add(key, .init(name: "k", scopes: [.read, .adminRead], expiresAt: nil), of: ayse))
      #expect(try await directory.key(key.hash)?.scopes == [.read, .adminRead])
      #expect(try await directory.key(key.hash)?.key == .init(id: record.id, tier: .free))
      #expect(try await keys.list(of: ayse, limit: 5).first?.lastUsedAt != nil)
      _ = try await keys.setTier(3, of: record.id)
      #expect(try await directory.key(key.hash)?.key?.tier == .partner)
      // Somebody else's.
      #expect(try await !keys.revoke(record.id, of: can))
      #expect(try await keys.list(of: can, limit: 5).isEmpty)
      // The owner's role shrinks, and the key with it.
      _ = try await edge.parts.accounts.change(ayse, role: .user, isDisabled: nil)
      #expect(try await directory.key(key.hash)?.scopes == [.read])
      #expect(try await keys.revoke(record.id, of: ayse))
      #expect(try await directory.key(key.hash) == nil)
      let short = try SecretToken.make(.key)
      _ = try await keys.add(
        short,
        .init(
          name: "s", scopes: [.read], expiresAt: Timestamp(microseconds: Timestamp.now().microseconds + 100_000_000)),
        of: can)
      #expect(try await directory.key(short.hash) != nil)
      try await edge.age("api_key", "expires_at", by: 101)
      #expect(try await directory.key(short.hash) == nil)
    }
  }

  @Test("An account has so many keys at most, however many are made at once")
  func manyKeys() async throws {
    try await EdgeDatabase.with { edge in
      let id = try await edge.person("ayse")
      let made = try await withThrowingTaskGroup(of: Bool.self) { group in
        for _ in 0..<(KeyStore.maximum + 10) {
          group.addTask {
            try await edge.parts.keys.add(
              try SecretToken.make(.key), .init(name: "k", scopes: [.read], expiresAt: nil), of: id) != nil
          }
        }
        return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
      }
      #expect(made == KeyStore.maximum)
    }
  }

  @Test("The audit log takes an entry and its outcome, and nothing else is done to it")
  func audit() async throws {
    try await EdgeDatabase.with { edge in
      let audit = edge.parts.audit
      func act(_ operation: String, _ account: Int64?) -> AuditAct {
        AuditAct(
          account: account, credential: "session 1", operation: operation, arguments: ["7"], clientAddress: "192.0.2.1",
          requestID: "r")
      }
      let first = try await audit.begin(act("pauseJob", 1))
      #expect(try await audit.list(.init(), limit: 5).first?.status == nil)
      try await audit.end(first, status: 200, detail: "done")
      let second = try await audit.begin(act("resumeJob", nil))
      for statement in [
        "UPDATE audit_log SET status = 500 WHERE id = \(first)", "UPDATE audit_log SET operation = 'x', status = 200",
        "UPDATE audit_log SET detail = 'x' WHERE id = \(second)",
        "UPDATE audit_log SET account_id = 9, status = 200 WHERE id = \(second)", "DELETE FROM audit_log",
        "TRUNCATE audit_log",
      ] {
        let error = await #expect(throws: PostgresError.self, "\(statement)") { try await edge.pool.execute(statement) }
        #expect(error?.sqlState == .insufficientPrivilege)
      }
      #expect(try await audit.list(.init(), limit: 5).map(\.operation) == ["resumeJob", "pauseJob"])
      #expect(try await audit.list(.init(account: 1), limit: 5).map(\.detail) == ["done"])
      #expect(try await audit.list(.init(operation: "resumeJob"), limit: 5).count == 1)
      #expect(try await audit.list(.init(before: second), limit: 5).map(\.id) == [first])
    }
  }

  @Test("The last admin stays, even when two go at once; one who is disabled is signed out")
  func lastAdmin() async throws {
    try await EdgeDatabase.with { edge in
      let accounts = edge.parts.accounts
      let (first, second) = (try await edge.person("a", role: .admin), try await edge.person("b", role: .admin))
      let outcomes = try await withThrowingTaskGroup(of: Bool.self) { group in
        for id in [first, second] {
          group.addTask {
            if case .changed = try await accounts.change(id, role: .user, isDisabled: nil) { true } else { false }
          }
        }
        return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
      }
      #expect(outcomes == 1)
      let left = try #require(try await accounts.list(before: nil, limit: 9).first { $0.role == .admin })
      guard case .lastAdmin = try await accounts.change(left.id, role: nil, isDisabled: true) else {
        Issue.record("the last admin was disabled")
        return
      }
      guard case .unknown = try await accounts.change(12_345, role: .operator, isDisabled: nil) else {
        Issue.record("an account that is not there was changed")
        return
      }
    }
  }

  @Test("Accounts are searched by the beginning of their address, whatever is in it, and read part by part")
  func search() async throws {
    try await EdgeDatabase.with { edge in
      for name in ["ayse", "ayse_1", "aysel", "can%"] { _ = try await edge.person(name) }
      let accounts = edge.parts.accounts
      func find(_ prefix: String) async throws -> [String] {
        try await accounts.search(prefix, after: nil, limit: 9).map { String($0.email.split(separator: "@")[0]) }
      }
      #expect(try await find("AYSE") == ["ayse", "ayse_1", "aysel"])
      #expect(try await find("ayse_") == ["ayse_1"])
      #expect(try await find("can%") == ["can%"])
      #expect(try await find("%").isEmpty)
      let rest = try await accounts.search("ayse", after: "ayse@example.com", limit: 1)
      #expect(rest.map(\.email) == ["ayse_1@example.com"])
      let first = try await accounts.list(before: nil, limit: 2)
      #expect(try await accounts.list(before: first[1].id, limit: 9).count == 2)
    }
  }

  @Test("The first admin is made by somebody with the database; a second one only by force; both are written down")
  func createAdmin() async throws {
    try await EdgeDatabase.with { edge in
      let accounts = edge.parts.accounts
      let user = try await edge.person("ayse")
      let hash = try await edge.hasher.hash("admin's own horse")
      let made = try await withThrowingTaskGroup(of: AccountStore.AdminCreation.self) { group in
        for name in ["root", "root2"] {
          group.addTask {
            try await accounts.createAdmin(try EdgeDatabase.address(name), passwordHash: hash, isForced: false)
          }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(made.contains(.created) && made.contains(.refused))
      #expect(
        try await accounts.createAdmin(try EdgeDatabase.address("ayse"), passwordHash: hash, isForced: false)
          == .refused)
      #expect(
        try await accounts.createAdmin(try EdgeDatabase.address("Ayse"), passwordHash: hash, isForced: true)
          == .promoted)
      #expect(try await accounts.find(user)?.role == .admin)
      #expect(try await edge.signIn("ayse", "admin's own horse") != nil)
      let entries = try await edge.parts.audit.list(.init(operation: "createAdmin"), limit: 9)
      #expect(entries.count == 2 && entries.allSatisfy { $0.credential == "command line" && $0.status == 200 })
    }
  }

  @Test("What has expired is removed, and the rest stays")
  func housekeeping() async throws {
    try await EdgeDatabase.with { edge in
      let id = try await edge.person("ayse")
      try await edge.parts.signUp(try EdgeDatabase.address("never"), EdgeDatabase.password, language: "tr")
      _ = try await edge.signIn("ayse")
      _ = try await edge.signIn("nobody")
      _ = try await edge.parts.keys.add(
        try SecretToken.make(.key), .init(name: "k", scopes: [.read], expiresAt: nil), of: id)
      _ = try await edge.parts.keys.revoke(1, of: id)
      let housekeeping = Housekeeping(pool: edge.pool, lifetimes: EdgeDatabase.lifetimes)
      #expect(try await housekeeping.run() == 0)
      try await edge.age("session", "last_used_at", by: 3601)
      try await edge.age("lockout", "failed_at", by: 86_401)
      try await edge.age("account_token", "expires_at", by: 3 * 86_400)
      try await edge.age("api_key", "revoked_at", by: 91 * 86_400)
      try await edge.age("account", "created_at", by: 31 * 86_400)
      try await housekeeping.run()
      for table in ["session", "lockout", "account_token", "api_key"] { #expect(try await edge.count(table) == 0) }
      #expect(try await edge.parts.accounts.list(before: nil, limit: 9).map(\.id) == [id])
    }
  }
}

@Suite("What accounts ask of the notifier") struct AccountErrandTests {
  private func withCourier(
    _ body: (EdgeDatabase, NotifierStandIn, MailCourier, AccountRemoval) async throws -> Void
  ) async throws {
    try await EdgeDatabase.with { edge in
      try await NotifierStandIn.withServer { standIn, address in
        let channel = RPCChannel(
          provider: ConnectionPool(
            configuration: .init(target: try Target(address)), group: MultiThreadedEventLoopGroup.singleton,
            logger: quiet))
        let client = NotifierV1.NotifierService.Client(channel)
        let courier = MailCourier(
          outbox: edge.parts.outbox, notifier: client, publicURL: "https://fiyat.example", timeout: .seconds(10),
          logger: quiet)
        let removal = AccountRemoval(
          store: RemovalStore(pool: edge.pool), notifier: client, timeout: .seconds(10), logger: quiet)
        do {
          try await body(edge, standIn, courier, removal)
          await channel.shutdown()
        } catch {
          await channel.shutdown()
          throw error
        }
      }
    }
  }

  @Test("A mail waits while the notifier is away, is handed over until it is taken, and is sent once")
  func mails() async throws {
    try await withCourier { edge, notifier, courier, _ in
      notifier.setAway(true)
      try await edge.parts.signUp(try EdgeDatabase.address("ayse"), EdgeDatabase.password, language: "en")
      try await edge.parts.reset.request(try EdgeDatabase.address("nobody"))
      #expect(try await courier.handOver() == 2)
      // What was none is gone; the other one is somebody's for a while, and then due again.
      #expect(try await edge.count("mail_outbox") == 1)
      #expect(try await courier.handOver() == 0)
      notifier.setAway(false)
      notifier.setLosesAnswers(true)
      try await edge.age("mail_outbox", "due_at", by: 60)
      #expect(try await courier.handOver() == 1)
      notifier.setLosesAnswers(false)
      try await edge.age("mail_outbox", "due_at", by: 120)
      #expect(try await courier.handOver() == 1)
      #expect(try await edge.count("mail_outbox") == 0)
      #expect(notifier.handovers == 2 && notifier.mails.count == 1)
      let mail = try #require(notifier.mails.first)
      #expect(mail.to == "ayse@example.com" && mail.mail == .verifyAddress && mail.language == "en")
      #expect(mail.expiresAt != nil && mail.link.hasPrefix("https://fiyat.example/account/verify?token=fv_"))
      let text = try #require(notifier.token(.verifyAddress, to: mail.to))
      let token = try #require(SecretToken(text, .verification))
      #expect(try await edge.parts.signUp.verify(token))
    }
  }

  @Test("Two gateways share the mails, and one that waited too long is not sent any more")
  func shared() async throws {
    try await withCourier { edge, notifier, courier, _ in
      for index in 0..<40 {
        try await edge.parts.signUp(try EdgeDatabase.address("p\(index)"), EdgeDatabase.password, language: "tr")
      }
      try await edge.pool.execute("UPDATE mail_outbox SET expires_at = now() WHERE recipient = 'p7@example.com'")
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<4 {
          group.addTask { while try await courier.handOver() > 0 {} }
        }
        try await group.waitForAll()
      }
      #expect(notifier.handovers == 39 && notifier.mails.count == 39)
      #expect(try await edge.count("mail_outbox") == 0)
    }
  }

  @Test("An account that is deleted leaves nothing here, and nothing at the notifier once that is there")
  func removal() async throws {
    try await withCourier { edge, notifier, _, removal in
      let id = try await edge.person("ayse")
      let other = try await edge.person("can")
      notifier.fill("account:\(id)", alerts: 450, channels: 3)
      notifier.fill("account:\(other)", alerts: 2, channels: 1)
      _ = try await edge.signIn("ayse")
      _ = try await edge.parts.keys.add(
        try SecretToken.make(.key), .init(name: "k", scopes: [.read], expiresAt: nil), of: id)
      try await edge.parts.reset.request(try EdgeDatabase.address("ayse"))
      try await edge.pool.withTransaction { try await edge.parts.accounts.delete(id, in: $0) }
      for table in ["session", "api_key", "account_token"] { #expect(try await edge.count(table) == 0) }
      notifier.setAway(true)
      try await removal.removeDue()
      #expect(notifier.count(of: "account:\(id)") == 453)
      notifier.setAway(false)
      try await edge.age("account_removal", "due_at", by: 3601)
      try await removal.removeDue()
      #expect(notifier.count(of: "account:\(id)") == 0 && notifier.count(of: "account:\(other)") == 3)
      // It is looked at once more when no gateway can let its owner in any longer.
      #expect(try await edge.count("account_removal") == 1)
      notifier.fill("account:\(id)", alerts: 1, channels: 1)
      try await edge.age("account_removal", "due_at", "created_at", by: 3601)
      try await removal.removeDue()
      #expect(notifier.count(of: "account:\(id)") == 0)
      #expect(try await edge.count("account_removal") == 0)
    }
  }
}
