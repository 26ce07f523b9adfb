/// What an account may do. Each role may do what those below it may.
package enum Role: Int16, Sendable, CaseIterable, Comparable {
  case user = 1
  /// Watches over the mesh.
  case `operator` = 2
  /// Accounts, keys, the audit log.
  case admin = 3

  package static func < (left: Role, right: Role) -> Bool { left.rawValue < right.rawValue }

  /// What the bearer of a session may do, and the most that a key may.
  package var scopes: Set<Scope> {
    self == .user ? [.read, .alerts] : [.read, .alerts, .adminRead, .adminWrite]
  }
}

/// A part of what an account may do, granted to an API key.
package enum Scope: String, Sendable, CaseIterable {
  /// Reading one's own channels, alerts and deliveries.
  case read
  /// Changing channels and alerts.
  case alerts
  /// Reading what the role of operator or admin may.
  case adminRead = "admin:read"
  /// Doing what it may.
  case adminWrite = "admin:write"
}
