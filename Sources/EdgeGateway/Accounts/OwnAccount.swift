internal import EventLog
internal import EventLogRPC
internal import HTTPTypes
internal import MeshMessages
internal import MeshRPC
internal import PostgresClient

/// What people do with accounts of their own, whichever way they ask: the API and the pages say the same.
struct OwnAccount: Sendable {
  let parts: AccountParts
  let backends: Backends

  private static let maximumDeliveries = 10_000

  // MARK: Coming in

  /// Makes an account and has its address sent a mail, or the owner of the one that there is.
  ///
  /// - Throws: `Problem` 400 that names the field, 503; `PostgresError`, `SodiumError`.
  func signUp(email: String, password: String, language: String) async throws {
    let address = try AccountInput.address(email)
    let password = try AccountInput.newPassword(password, of: address)
    try await parts.signUp(address, password, language: try AccountInput.language(language))
    parts.mailSignal.wake()
  }

  /// - Throws: `Problem` 400 for a token that is not good.
  func verify(token: String) async throws {
    guard try await parts.signUp.verify(try AccountInput.token(token, .verification)) else {
      throw AccountInput.expired
    }
  }

  /// - Throws: `Problem` 400 that names the field.
  func requestReset(email: String) async throws {
    try await parts.reset.request(try AccountInput.address(email))
    parts.mailSignal.wake()
  }

  /// - Throws: `Problem` 400 that names the field.
  func confirmReset(token: String, password: String) async throws {
    let password = try AccountInput.newPassword(password, of: nil)
    let account = try await parts.reset.confirm(try AccountInput.token(token, .reset), password)
    guard let account else { throw AccountInput.expired }
    parts.identity.cache.forget(account: account)
    parts.mailSignal.wake()
  }

  /// - Parameter byCookie: whether the token is for a browser's cookie.
  /// - Returns: nil for whatever is wrong with address or password.
  /// - Throws: `Problem` 400 that names the field, 503.
  func signIn(
    email: String, password: String, byCookie: Bool, _ request: GatewayRequest
  ) async throws -> SignIn.SignedIn? {
    let address = try AccountInput.address(email)
    let origin = SessionStore.Origin(
      byCookie: byCookie, clientAddress: request.client.address.map { "\($0)" } ?? "",
      userAgent: QueryItems.shown(request.head.headerFields[.userAgent] ?? "", limit: 200))
    return try await parts.signIn(
      address, try AccountInput.password(password), client: request.client.subject, origin)
  }

  // MARK: Sessions

  /// - Returns: whether there was one.
  @discardableResult
  func endSession(_ id: Int64, of account: Int64) async throws -> Bool {
    let wasThere = try await parts.sessions.end(id, of: account)
    parts.identity.cache.forget { $0.session == id }
    return wasThere
  }

  /// Ends all sessions but the one that asks.
  func endOtherSessions(of account: Int64, but session: Int64) async throws {
    try await parts.sessions.endAll(of: account, but: session)
    parts.identity.cache.forget { $0.account == account && $0.session != session && $0.session != nil }
  }

  // MARK: The account

  /// - Throws: `Problem` 401 when it is gone.
  func account(_ id: Int64) async throws -> AccountRecord {
    guard let account = try await parts.accounts.find(id) else { throw Problem.unauthenticated }
    return account
  }

  /// - Throws: `Problem` 400 that names the field: `password`, `currentPassword`.
  func changePassword(_ id: Int64, session: Int64, current: String, new: String) async throws {
    let account = try await account(id)
    let new = try AccountInput.newPassword(new, of: EmailAddress(account.email))
    let current = try AccountInput.password(current, field: "currentPassword")
    guard try await parts.reset.change(id, session: session, current: current, new: new) else {
      throw AccountInput.invalid("currentPassword", "is wrong, or was tried too often")
    }
    parts.identity.cache.forget { $0.account == id && $0.session != session }
    parts.mailSignal.wake()
  }

  /// - Throws: `Problem` 400 that names the field, 401.
  func setLanguage(_ language: String, of id: Int64) async throws -> AccountRecord {
    guard let account = try await parts.accounts.setLanguage(try AccountInput.language(language), of: id) else {
      throw Problem.unauthenticated
    }
    return account
  }

  /// Removes the account for good.
  ///
  /// - Throws: `Problem` 400 that names the password, 409 for the last admin.
  func remove(_ id: Int64, password: String) async throws {
    guard try await parts.signIn.confirm(try AccountInput.password(password), of: id) != nil else {
      throw AccountInput.invalid("password", "is wrong, or was tried too often")
    }
    try await parts.pool.withTransaction { transaction in
      let isReplaceable = try await parts.accounts.hasOtherAdmin(than: id, in: transaction)
      if !isReplaceable, try await parts.accounts.isAdmin(id, in: transaction) { throw AdminAccountRoutes.lastAdmin }
      try await parts.accounts.delete(id, in: transaction)
    }
    parts.identity.cache.forget(account: id)
    parts.removalSignal.wake()
  }

  /// All that is kept of the owner, as a file to be saved.
  ///
  /// - Throws: `RPCError`, `PostgresError`.
  func export(_ id: Int64, session: Int64) async throws -> GatewayResponse {
    let account = try await account(id)
    let subscriber = account.subscriber
    var export = EdgeV1.AccountExport()
    export.account = account.message
    export.sessions = try await parts.sessions.list(of: id).map { $0.message(current: session) }
    export.apiKeys = try await parts.keys.list(of: id, limit: 1000).map(\.message)
    export.channels = try await backends.notifier.listChannels(
      NotifierV1.ListChannelsRequest(subscriber: subscriber), options: backends.read
    ).channels
    var token = ""
    repeat {
      let page = try await backends.notifier.listAlerts(
        NotifierV1.ListAlertsRequest(subscriber: subscriber, page: CommonV1.Page(size: 200, token: token)),
        options: backends.read)
      export.alerts += page.alerts
      token = page.nextPageToken
    } while !token.isEmpty
    repeat {
      let page = try await backends.notifier.listDeliveries(
        NotifierV1.ListDeliveriesRequest(subscriber: subscriber, page: CommonV1.Page(size: 200, token: token)),
        options: backends.read)
      export.deliveries += page.deliveries
      token = page.nextPageToken
    } while !token.isEmpty && export.deliveries.count < Self.maximumDeliveries
    var response = try GatewayJSON.response(export)
    response.fields[.contentDisposition] = "attachment; filename=\"fiyatradari.json\""
    return response
  }

  // MARK: Keys

  /// - Returns: the key, which is shown now and never again, and what is kept of it.
  /// - Throws: `Problem` 400 that names the field, 409 when there are as many as there may be.
  func makeKey(
    name: String, scopes: [String], expiresAt: Timestamp?, of account: Int64, role: Role
  ) async throws -> (key: SecretToken, record: KeyRecord) {
    let new = KeyStore.New(
      name: try KeyInput.name(name), scopes: try KeyInput.scopes(scopes, role: role),
      expiresAt: try expiresAt.map { try KeyInput.expiry($0) })
    let key = try SecretToken.make(.key)
    guard let record = try await parts.keys.add(key, new, of: account) else {
      throw Problem(
        .conflict, .conflict, "an account has at most \(KeyStore.maximum) keys in use; revoke one that is not needed")
    }
    return (key, record)
  }

  /// - Throws: `Problem` 404.
  func revokeKey(_ id: Int64, of account: Int64) async throws {
    guard try await parts.keys.revoke(id, of: account) else { throw Problem.noSuchThing }
    parts.identity.cache.forget { $0.key?.id == id }
  }
}

/// What may be asked of a key, checked.
enum KeyInput {
  static func name(_ text: String) throws -> String {
    guard (1...100).contains(text.count), text.utf8.count <= 1000,
      !text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control })
    else { throw AccountInput.invalid("name", "expected 1 to 100 characters") }
    return text
  }

  static func scopes(_ names: [String], role: Role) throws -> [Scope] {
    let known = Scope.allCases.filter { role.scopes.contains($0) }
    let scopes = known.filter { names.contains($0.rawValue) }
    guard !scopes.isEmpty, Set(names).isSubset(of: known.map(\.rawValue)) else {
      throw AccountInput.invalid(
        "scopes", "expected one or more of \(known.map(\.rawValue).joined(separator: ", "))")
    }
    return scopes
  }

  static func expiry(_ expiry: Timestamp) throws -> Timestamp {
    let latest = Timestamp(microseconds: Timestamp.now().microseconds + 10 * 366 * 86_400 * 1_000_000)
    guard expiry > .now(), expiry < latest else { throw invalidExpiry }
    return expiry
  }

  static let invalidExpiry = AccountInput.invalid("expiresAt", "expected a time within the next ten years")
}
