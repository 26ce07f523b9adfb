import PostgresClient
import Sodium
import Synchronization

@testable import EdgeGateway

/// Tokens and keys that are known without a database, and how often one was asked for.
final class FakeDirectory: CredentialDirectory {
  private struct State {
    var sessions: [[UInt8]: FoundSession] = [:]
    var keys: [[UInt8]: Principal] = [:]
    var questions = 0
    var whileAsked: (@Sendable () -> Void)?
  }

  private let state = Mutex(State())

  var questions: Int { state.withLock { $0.questions } }

  /// Runs while the next question is being answered.
  func onQuestion(_ body: @escaping @Sendable () -> Void) { state.withLock { $0.whileAsked = body } }

  /// A session's token.
  func signIn(account: Int64, role: Role, session: Int64 = 1, isDueForRotation: Bool = false) throws -> SecretToken {
    let token = try SecretToken.make(.session)
    let found = FoundSession(
      principal: Principal(account: account, role: role, session: session), isDueForRotation: isDueForRotation)
    state.withLock { $0.sessions[token.hash] = found }
    return token
  }

  /// A key.
  func makeKey(
    account: Int64, role: Role, id: Int64 = 1, tier: RateTier = .free, scopes: Set<Scope>
  ) throws -> SecretToken {
    let key = try SecretToken.make(.key)
    state.withLock { state in
      state.keys[key.hash] = Principal(account: account, role: role, key: id, tier, scopes: scopes)
    }
    return key
  }

  func revoke(_ token: SecretToken) {
    state.withLock { state in
      state.sessions[token.hash] = nil
      state.keys[token.hash] = nil
    }
  }

  func session(_ hash: [UInt8]) async throws -> FoundSession? { ask { $0.sessions[hash] } }
  func key(_ hash: [UInt8]) async throws -> Principal? { ask { $0.keys[hash] } }

  private func ask<Value: Sendable>(_ read: (State) -> Value) -> Value {
    let (value, body) = state.withLock { state in
      state.questions += 1
      defer { state.whileAsked = nil }
      return (read(state), state.whileAsked)
    }
    body?()
    return value
  }
}

/// An audit log in memory, which can be made to fail.
final class RecordingAudit: AuditLog {
  struct Entry: Sendable {
    var act: AuditAct
    var status: Int?
    var detail = ""
  }

  private struct State {
    var entries: [Entry] = []
    var fails = false
  }

  private let state = Mutex(State())

  var entries: [Entry] { state.withLock { $0.entries } }

  func fail() { state.withLock { $0.fails = true } }

  func begin(_ act: AuditAct) async throws -> Int64 {
    try state.withLock { state in
      if state.fails { throw PostgresError(.connectionLost, "gone") }
      state.entries.append(Entry(act: act))
      return Int64(state.entries.count - 1)
    }
  }

  func end(_ id: Int64, status: Int, detail: String) async throws {
    state.withLock { state in
      state.entries[Int(id)].status = status
      state.entries[Int(id)].detail = detail
    }
  }
}

/// Counts instead of hashing.
final class CountingHasher: PasswordHashing {
  private let state = Mutex((made: 0, compared: 0))

  var made: Int { state.withLock { $0.made } }
  var compared: Int { state.withLock { $0.compared } }

  func hash(_ password: String) async throws -> String {
    state.withLock { $0.made += 1 }
    return "plain:" + password
  }

  func isRight(_ password: String, for hash: String?) async throws -> Bool {
    state.withLock { $0.compared += 1 }
    return hash == "plain:" + password
  }

  func isOutdated(_ hash: String) -> Bool { false }
}

enum FakeAccounts {
  static let secretKey = String(repeating: "0123456789abcdef", count: 4)

  /// Accounts over a database that is not there: it is connected to only when it is asked something, and no unit test
  /// does.
  static func parts(_ directory: FakeDirectory, _ audit: RecordingAudit) throws -> AccountParts {
    var configuration = PostgresPoolConfiguration(primary: try PostgresDSN("host=/nowhere dbname=none user=none"))
    configuration.minimumConnections = 0
    configuration.acquisitionTimeout = .milliseconds(100)
    let lifetimes = SessionLifetimes(idle: .seconds(60), absolute: .seconds(60), rotation: .seconds(60))
    return AccountParts(
      pool: try PostgresPool(configuration), hasher: CountingHasher(),
      secrets: try AccountSecrets(hexadecimalKeys: [secretKey]),
      cookie: SessionCookie(isSecure: true, lifetime: .seconds(60)), publicURL: "https://fiyat.example",
      lifetimes: lifetimes, directory: directory, auditLog: audit)
  }
}
