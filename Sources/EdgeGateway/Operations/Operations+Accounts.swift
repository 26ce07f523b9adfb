/// Accounts and keys. What is done holds at this gateway at once.
extension Operations {
  /// Changes an account's role or standing, and tells the audit log which.
  ///
  /// - Throws: `Problem` 404, or 409 for the last admin.
  func change(account id: Int64, role: Role?, isDisabled: Bool?, _ note: AuditNote?) async throws -> AccountRecord {
    if let role { note?.add("role \(role)") }
    if let isDisabled { note?.add(isDisabled ? "disabled" : "enabled") }
    let outcome = try await accounts.accounts.change(id, role: role, isDisabled: isDisabled)
    accounts.identity.cache.forget(account: id)
    switch outcome {
    case .changed(let account): return account
    case .unknown: throw Problem.noSuchThing
    case .lastAdmin: throw AdminAccountRoutes.lastAdmin
    }
  }

  /// Signs an account out.
  ///
  /// - Throws: `Problem` 404.
  func endSessions(of id: Int64, _ note: AuditNote?) async throws {
    guard try await accounts.accounts.find(id) != nil else { throw Problem.noSuchThing }
    let count = try await accounts.sessions.endAll(of: id)
    note?.add("\(count) sessions")
    accounts.identity.cache.forget { $0.account == id && $0.session != nil }
  }

  /// - Throws: `Problem` 404.
  func setTier(_ tier: RateTier, number: Int16, key id: Int64, _ note: AuditNote?) async throws -> KeyRecord {
    note?.add("tier \(tier.rawValue)")
    guard let key = try await accounts.keys.setTier(number, of: id) else { throw Problem.noSuchThing }
    accounts.identity.cache.forget { $0.key?.id == id }
    return key
  }

  /// - Throws: `Problem` 404.
  func revoke(key id: Int64) async throws {
    guard try await accounts.keys.revoke(id, of: nil) else { throw Problem.noSuchThing }
    accounts.identity.cache.forget { $0.key?.id == id }
  }
}
