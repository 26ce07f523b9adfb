/// Accounts, for admins.
struct AccountsPage: Sendable {
  let layout: OperatorLayout
  let email: String
  let accounts: [AccountRecord]
  let token: String
  let next: String

  func response() -> GatewayResponse {
    let parts = layout.parts
    return layout.response(
      """
      \(parts.filters("/admin/accounts", [
        parts.filter("email", .email, email, maximum: 254)
      ]))
      \(Self.table(parts, accounts))
      \(parts.pages("/admin/accounts", [("email", email)], token: token, next: next))
      """)
  }

  static func table(_ parts: OperatorParts, _ accounts: [AccountRecord]) -> HTML {
    let context = parts.context
    return parts.table(
      .accounts,
      [.init(.email), .init(.number), .init(.role), .init(.state), .init(.made), .init(.signedInLast)],
      accounts.map { account in
        [
          "<a href=\"\(context.path("/admin/accounts/\(account.id)"))\">\(account.email)</a>", "\(account.id)",
          "\(context(account.role.phrase))", state(account, parts), parts.moment(account.createdAt),
          parts.moment(account.lastSignInAt),
        ]
      }, none: .accountsNone)
  }

  static func state(_ account: AccountRecord, _ parts: OperatorParts) -> HTML {
    if account.disabledAt != nil { return parts.mark(parts.context(.disabled), .bad) }
    if account.verifiedAt == nil { return parts.mark(parts.context(.unverified), .plain) }
    return parts.mark(parts.context(.enabled), .good)
  }
}

/// One account: what it may do, its sessions and its keys.
struct AccountEditPage: Sendable {
  let layout: OperatorLayout
  let account: AccountRecord
  let keys: [KeyRecord]

  func response() -> GatewayResponse {
    let parts = layout.parts
    let context = parts.context
    let path = "/admin/accounts/\(account.id)"
    let roles = Role.allCases.map { OperatorParts.Choice(value: $0.word, label: context($0.phrase)) }
    let standing =
      account.disabledAt == nil
      ? parts.ask(path + "/disable", .disable, subject: account.email)
      : parts.act(path + "/enable", .enable, subject: account.email)
    return layout.response(
      """
      \(AccountsPage.table(parts, [account]))
      <section class="panel" aria-labelledby="t-role"><h2 id="t-role">\(context(.role))</h2>
      <form class="inline" method="get" action="\(context.path(path + "/role"))">
      \(parts.select("role", .roleNew, account.role.word, roles))
      <button class="button plain" type="submit">\(context(.change))</button></form></section>
      <section class="panel" aria-labelledby="t-standing"><h2 id="t-standing">\(context(.standing))</h2>
      <p>\(context(.disableText))</p>
      <div class="actions">\(standing)\(parts.ask(path + "/sessions", .endSessions, subject: account.email))
      <a href="\(context.path("/admin/audit?account=\(account.id)"))">\(context(.auditOf))</a></div></section>
      <section aria-labelledby="t-keys"><h2 id="t-keys">\(context(.keys))</h2>
      \(KeysPage.table(parts, keys))</section>
      """)
  }
}

extension Role {
  /// As addresses and forms have it.
  var word: String { "\(self)" }

  init?(word: String) {
    guard let role = Role.allCases.first(where: { $0.word == word }) else { return nil }
    self = role
  }

  var phrase: OperatorPhrase {
    switch self {
    case .user: .roleUser
    case .operator: .roleOperator
    case .admin: .roleAdmin
    }
  }
}
