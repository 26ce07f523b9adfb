internal import Sodium

/// Accounts and keys. What is done holds at this gateway at once.
extension Operations {
  /// A part of the accounts, newest first; of those whose address begins with `prefix` in the order of their addresses.
  ///
  /// - Parameter request: says which part.
  /// - Throws: `Problem` 400 that names the parameter.
  func accounts(
    beginning prefix: String?, _ request: GatewayRequest
  ) async throws -> (accounts: [AccountRecord], next: String) {
    guard let prefix else {
      let (before, limit) = try request.pageStart()
      let (page, next) = try await accounts.accounts.list(before: before, limit: limit + 1).page(limit, \.id)
      return (Array(page), next)
    }
    let limit = try request.value(CommonParameters.limit) ?? 20
    let after = try request.value(CommonParameters.pageToken).map { token in
      guard token.hasPrefix("e"), let key = Hexadecimal.bytes(String(token.dropFirst())),
        let text = String(validating: key, as: UTF8.self), EmailAddress(text) != nil
      else { throw Problem.invalid("page_token", "is not one of this list") }
      return text
    }
    let found = try await accounts.accounts.search(prefix, after: after, limit: limit + 1)
    let next = found.count > limit ? EmailAddress(found[limit - 1].email)?.key : nil
    return (Array(found.prefix(limit)), next.map { "e" + Hexadecimal.text(Array($0.utf8)) } ?? "")
  }

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
