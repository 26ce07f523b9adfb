internal import HTTPTypes

/// Accounts, keys and the audit log: the admins' part.
extension OperatorPages {
  private static let id = Parameter<Int64>.id("id", in: .path, "Which one.")
  private static let email = Parameter<String>.text(
    "email", length: 1...254, "Only accounts whose address begins with this.")
  private static let account = Parameter<Int64>.id("account", in: .query, "Of this account only.")
  private static let operation = Parameter<String>.text(
    "operation", length: 1...64, pattern: "A-Z a-z", "Only this operation.",
    isAllowed: { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0 | 0x20) })
  private static let role = Parameter<Role>.choice("role", Role.allCases.map { ($0.word, $0) }, "The new role.")
  private static let tier = Parameter<RateTier>.choice(
    "tier", KeysPage.tiers.map { ($0.tier.rawValue, $0.tier) }, "The new tier.")
  /// As many keys as an account's page shows.
  private static let keysShown = 100

  var accountRoutes: [Route] {
    [
      page(
        "/admin/accounts", "accounts", "Accounts.", access: .admin,
        parameters: [Self.email.declaration, CommonParameters.pageToken.declaration]
      ) { request, context in
        let (accounts, next) = try await operations.accounts(beginning: try request.value(Self.email), request)
        return AccountsPage(
          layout: try layout(request, context, .accounts), email: request.query["email"] ?? "", accounts: accounts,
          token: request.query["page_token"] ?? "", next: next
        ).response()
      },
      page(
        "/admin/accounts/{id}", "account", "One account.", access: .admin, parameters: [Self.id.declaration]
      ) { request, context in
        let account = try await account(request)
        let keys = try await operations.accounts.keys.list(of: account.id, limit: Self.keysShown)
        return AccountEditPage(
          layout: try layout(request, context, .accounts, title: account.email), account: account, keys: keys
        ).response()
      },
      question(
        "role", "changeAccount", "Asks whether an account shall have another role.", parameters: [Self.role.declaration]
      ) { request, words, account in
        let role = try request.required(Self.role)
        return (
          words(.roleQuestion, ["email": account.email, "role": words(role.phrase)]),
          words(.roleConsequence, ["old": words(account.role.phrase)]), .change, [("role", role.word)]
        )
      },
      act("role", "changeAccount", "Gives an account another role.", fields: ["role"], .role) { request, account in
        guard let role = Role(word: request.form["role"]) else {
          throw Problem(.badRequest, .invalidBody, "role: expected user, operator or admin", field: "role")
        }
        _ = try await operations.change(account: account.id, role: role, isDisabled: nil, request.audit)
      },
      question("disable", "disableAccount", "Asks whether an account shall be disabled.") { _, words, account in
        (words(.disableQuestion, ["email": account.email]), words(.disableConsequence), .disable, [])
      },
      act("disable", "changeAccount", "Disables an account.", name: "disableAccount", .disabled) { request, account in
        _ = try await operations.change(account: account.id, role: nil, isDisabled: true, request.audit)
      },
      act("enable", "changeAccount", "Enables an account.", name: "enableAccount", .enabled) { request, account in
        _ = try await operations.change(account: account.id, role: nil, isDisabled: false, request.audit)
      },
      question("sessions", "endAccountSessions", "Asks whether an account shall be signed out.") { _, words, account in
        (words(.sessionsQuestion, ["email": account.email]), words(.sessionsConsequence), .endSessions, [])
      },
      act("sessions", "endAccountSessions", "Signs an account out.", .sessions) { request, account in
        try await operations.endSessions(of: account.id, request.audit)
      },
    ]
  }

  private func account(_ request: GatewayRequest) async throws -> AccountRecord {
    guard let account = try await operations.accounts.accounts.find(try request.required(Self.id)) else {
      throw Problem.noSuchThing
    }
    return account
  }

  private typealias Question = (
    title: String, consequence: String, button: OperatorPhrase, fields: [(name: String, value: String)]
  )

  private func question(
    _ verb: String, _ name: String, _ summary: String, parameters: [ParameterDeclaration] = [],
    _ ask: @escaping @Sendable (GatewayRequest, OperatorContext, AccountRecord) throws -> Question
  ) -> Route {
    page(
      "/admin/accounts/{id}/\(verb)", name, summary, access: .admin, parameters: [Self.id.declaration] + parameters
    ) { request, context in
      let account = try await account(request)
      let question = try ask(request, OperatorContext(page: context), account)
      return try layout(request, context, .accounts, title: question.title).question(
        question.consequence, button: question.button, path: "/admin/accounts/\(account.id)/\(verb)",
        cancel: "/admin/accounts/\(account.id)", fields: question.fields)
    }
  }

  private func act(
    _ verb: String, _ act: String, _ summary: String, name: String? = nil, fields: [String] = [],
    _ notice: OperatorNotice, _ body: @escaping @Sendable (GatewayRequest, AccountRecord) async throws -> Void
  ) -> Route {
    form(
      "/admin/accounts/{id}/\(verb)", act, summary, name: name, access: .admin, parameters: [Self.id.declaration],
      fields: fields
    ) { request, _ in
      let account = try await account(request)
      try await body(request, account)
      return go("/admin/accounts/\(account.id)", notice)
    }
  }

  // MARK: Keys and the audit log

  var keyRoutes: [Route] {
    [
      page(
        "/admin/keys", "keys", "API keys.", access: .admin,
        parameters: [Self.account.declaration, CommonParameters.pageToken.declaration]
      ) { request, context in
        let (before, limit) = try request.pageStart()
        let found = try await operations.accounts.keys.list(
          of: try request.value(Self.account), before: before, limit: limit + 1)
        let (keys, next) = found.page(limit, \.id)
        return KeysPage(
          layout: try layout(request, context, .keys), account: request.query["account"] ?? "", keys: Array(keys),
          token: request.query["page_token"] ?? "", next: next
        ).response()
      },
      page(
        "/admin/keys/{id}/tier", "changeApiKey", "Asks whether a key shall have another tier.", access: .admin,
        parameters: [Self.id.declaration, Self.tier.declaration]
      ) { request, context in
        let (key, tier) = (try await key(request), try request.required(Self.tier))
        let words = OperatorContext(page: context)
        return try layout(
          request, context, .keys, title: words(.tierQuestion, ["name": key.name, "tier": tier.rawValue])
        ).question(
          words(.tierConsequence, ["old": RateTier(keyTier: key.tier)?.rawValue ?? "—"]), button: .change,
          path: "/admin/keys/\(key.id)/tier", cancel: "/admin/keys", fields: [("tier", tier.rawValue)])
      },
      form(
        "/admin/keys/{id}/tier", "changeApiKey", "Gives a key another tier.", access: .admin,
        parameters: [Self.id.declaration], fields: ["tier"]
      ) { request, _ in
        guard let (tier, number) = KeysPage.tiers.first(where: { $0.tier.rawValue == request.form["tier"] }) else {
          throw Problem(.badRequest, .invalidBody, "tier: expected free, pro or partner", field: "tier")
        }
        _ = try await operations.setTier(tier, number: number, key: try request.required(Self.id), request.audit)
        return go("/admin/keys", .tier)
      },
      page(
        "/admin/keys/{id}/revoke", "revokeAnyApiKey", "Asks whether a key shall be revoked.", access: .admin,
        parameters: [Self.id.declaration]
      ) { request, context in
        let key = try await key(request)
        let words = OperatorContext(page: context)
        return try layout(request, context, .keys, title: words(.revokeQuestion, ["name": key.name])).question(
          words(.revokeConsequence), button: .revoke, path: "/admin/keys/\(key.id)/revoke", cancel: "/admin/keys")
      },
      form(
        "/admin/keys/{id}/revoke", "revokeAnyApiKey", "Revokes a key.", access: .admin,
        parameters: [Self.id.declaration]
      ) { request, _ in
        try await operations.revoke(key: try request.required(Self.id))
        return go("/admin/keys", .revoked)
      },
      page(
        "/admin/audit", "audit", "What operators and admins did.", access: .admin,
        parameters: [
          Self.operation.declaration, Self.account.declaration, CommonParameters.pageToken.declaration,
        ], handler: audit),
    ]
  }

  private func key(_ request: GatewayRequest) async throws -> KeyRecord {
    guard let key = try await operations.accounts.keys.find(try request.required(Self.id)) else {
      throw Problem.noSuchThing
    }
    return key
  }

  @Sendable private func audit(_ request: GatewayRequest, _ context: PageContext) async throws -> GatewayResponse {
    let (before, _) = try request.pageStart()
    let limit = Int(Self.pageSize)
    let filter = AuditStore.Filter(
      account: try request.value(Self.account), operation: try request.value(Self.operation), before: before)
    let (entries, next) = try await operations.accounts.audit.list(filter, limit: limit + 1).page(limit, \.id)
    return AuditPage(
      layout: try layout(request, context, .audit), account: request.query["account"] ?? "",
      operation: request.query["operation"] ?? "", entries: Array(entries), token: request.query["page_token"] ?? "",
      next: next
    ).response()
  }
}
