internal import Synchronization

/// A session's token that is known.
package struct FoundSession: Sendable, Equatable {
  package var principal: Principal
  /// Whether it is the current token, and older than a cookie's may become.
  package var isDueForRotation: Bool

  package init(principal: Principal, isDueForRotation: Bool) {
    self.principal = principal
    self.isDueForRotation = isDueForRotation
  }
}

/// Knows whose tokens and keys are.
package protocol CredentialDirectory: Sendable {
  /// - Parameter hash: the token's.
  func session(_ hash: [UInt8]) async throws -> FoundSession?
  /// - Parameter hash: the key's.
  func key(_ hash: [UInt8]) async throws -> Principal?
}

/// Remembers for a few seconds what the directory said, so that not every request asks the database.
///
/// What is revoked by this gateway is forgotten at once; what another one revokes, when these seconds have passed.
package final class CredentialCache: Sendable {
  /// How long an answer is used.
  static let lifetime: Int64 = 5_000_000_000
  private static let maximumEntries = 10_000

  private enum Kind: Hashable { case session, key }

  private struct Key: Hashable {
    let kind: Kind
    let hash: [UInt8]
  }

  private struct State {
    var entries: [Key: (found: FoundSession, until: Int64)] = [:]
    /// Counts what was forgotten: an answer that was asked for before that is not kept.
    var generation = 0
  }

  private let directory: any CredentialDirectory
  private let state = Mutex(State())
  private let now: @Sendable () -> Int64

  /// - Parameter now: nanoseconds of a clock that never goes back.
  package init(_ directory: any CredentialDirectory, now: @escaping @Sendable () -> Int64 = { RateClock.now() }) {
    self.directory = directory
    self.now = now
  }

  func session(_ hash: [UInt8]) async throws -> FoundSession? {
    try await find(Key(kind: .session, hash: hash)) { try await directory.session(hash) }
  }

  func key(_ hash: [UInt8]) async throws -> Principal? {
    try await find(Key(kind: .key, hash: hash)) {
      try await directory.key(hash).map { FoundSession(principal: $0, isDueForRotation: false) }
    }?.principal
  }

  private func find(_ key: Key, _ ask: () async throws -> FoundSession?) async throws -> FoundSession? {
    let start = now()
    let (known, generation) = state.withLock { state in
      (state.entries[key].flatMap { $0.until > start ? $0.found : nil }, state.generation)
    }
    if let known { return known }
    // What is not known is not remembered: tokens that are guessed would fill the table.
    guard let found = try await ask() else { return nil }
    state.withLock { state in
      guard state.generation == generation else { return }
      if state.entries.count >= Self.maximumEntries {
        state.entries = state.entries.filter { $0.value.until > start }
        if state.entries.count >= Self.maximumEntries { state.entries.removeAll() }
      }
      state.entries[key] = (found, start + Self.lifetime)
    }
    return found
  }

  /// To be called when something was revoked or changed.
  func forget(where isMeant: (Principal) -> Bool) {
    state.withLock { state in
      state.generation += 1
      state.entries = state.entries.filter { !isMeant($0.value.found.principal) }
    }
  }

  func forget(account: Int64) { forget { $0.account == account } }
}
