package import ServiceKit
internal import Sodium

/// The tokens that the configuration names, kept as SHA-256 hashes only.
package struct AccessTokens: Sendable {
  /// Tokens shorter than this are guessed too easily.
  static let minimumBytes = 16

  private let entries: [(hash: [UInt8], principal: Principal)]

  /// - Parameters:
  ///   - subscribers: `NAME:TOKEN` each.
  ///   - admin: the admins' token.
  /// - Throws: `ServiceError` `.configuration`, which shows no token.
  package init(subscribers: [String], admin: SecretText?) throws {
    var entries: [(hash: [UInt8], principal: Principal)] = []
    for (index, entry) in subscribers.enumerated() {
      let parts = entry.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2, (1...100).contains(parts[0].count), parts[1].utf8.count >= Self.minimumBytes else {
        throw ServiceError(
          .configuration,
          "ACCESS_TOKENS: entry \(index + 1) is not NAME:TOKEN with a token of at least \(Self.minimumBytes) bytes")
      }
      entries.append(
        (SHA256.hash(Array(parts[1].utf8)), Principal(subscriber: String(parts[0]))))
    }
    if let admin {
      guard admin.revealed.utf8.count >= Self.minimumBytes else {
        throw ServiceError(.configuration, "ADMIN_TOKEN has fewer than \(Self.minimumBytes) bytes")
      }
      entries.append((SHA256.hash(Array(admin.revealed.utf8)), Principal.adminToken))
    }
    self.entries = entries
  }

  /// Whose token it is. Takes the same time whichever of the tokens it is most like.
  func principal(of token: String) -> Principal? {
    let hash = SHA256.hash(Array(token.utf8))
    var found: Principal?
    for entry in entries where ConstantTime.isEqual(entry.hash, hash) { found = entry.principal }
    return found
  }
}
