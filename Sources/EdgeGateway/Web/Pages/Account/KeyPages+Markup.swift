internal import HTTPTypes
internal import PostgresClient

/// An account's API keys, and a form for another one.
struct KeyListPage: Sendable {
  let form: FormMarkup
  let keys: [KeyRecord]
  let role: Role
  let chosen: Set<String>
  var notice: Notice?

  /// How long a key may be used, by what the form sends.
  static let lives: [(days: Int, phrase: AccountPhrase)] = [
    (0, .keyForever), (30, .keyMonth), (90, .keyQuarter), (365, .keyYear),
  ]

  private var context: PageContext { form.context }

  func response(status: HTTPResponse.Status = .ok) -> GatewayResponse {
    let list: HTML =
      keys.isEmpty
      ? "<p class=\"empty\">\(context(.keysNone))</p>"
      : "<ul class=\"items\">\(keys.map { item($0) }.joined("\n"))</ul>"
    let scopes = Scope.allCases.filter { role.scopes.contains($0) }.map { scope in
      form.check("scope", words(scope), value: scope.rawValue, isOn: chosen.contains(scope.rawValue))
    }
    let fields =
      form.field("name", context(.keyName), .short, hint: context(.keyNameHint))
      + form.group("scopes", context(.keyScopes), scopes.joined())
      + form.select("days", context(.keyLife), Self.lives.map { (String($0.days), context($0.phrase)) })
    return AccountFrame(context: context, section: .keys, title: context(.keys), notice: notice).response(
      """
      <p class="lead">\(context(.keysLead)) <a href="/docs">\(context(.apiDocs))</a></p>
      \(list)
      <section class="panel"><h2>\(context(.keyNew))</h2>
      \(form.form("/account/keys", fields, button: context(.keyCreate)))</section>
      """, status: status)
  }

  private func words(_ scope: Scope) -> String {
    switch scope {
    case .read: context(.scopeRead)
    case .alerts: context(.scopeAlerts)
    case .adminRead: context(.scopeAdminRead)
    case .adminWrite: context(.scopeAdminWrite)
    }
  }

  private func item(_ key: KeyRecord) -> HTML {
    let language = context.language
    func day(_ time: Timestamp) -> String { language.date(time.microseconds / 1_000_000) }
    let isOver = key.revokedAt != nil || (key.expiresAt.map { $0 <= .now() } ?? false)
    let state: HTML? = isOver ? " <span class=\"tag\">\(context(.keyOver))</span>" : nil
    let used = key.lastUsedAt.map { context(.keyUsed, ["date": day($0)]) } ?? context(.keyUnused)
    let until = key.expiresAt.map { context(.keyUntil, ["date": day($0)]) }
    let times = [context(.keyMade, ["date": day(key.createdAt)]), used, until].compactMap { $0 }.joined(
      separator: " · ")
    let revoke: HTML? =
      isOver
      ? nil
      : """
      <div class="acts"><a class="button small plain danger" href="\(context.path("/account/keys/\(key.id)/revoke"))">\
      \(context(.keyRevoke))<span class="hidden">: \(key.name)</span></a></div>
      """
    return """
      <li><div class="what"><h2>\(key.name)\(state)</h2>
      <p><code>\(key.prefix)…</code> <span class="tags">\(key.scopes.map { scope -> HTML in
        "<span class=\"tag\">\(Scope(rawValue: scope).map { words($0) } ?? scope)</span>"
      })</span></p>
      <p class="small">\(times)</p></div>\(revoke)</li>
      """
  }
}

/// A key that was just made, this once.
struct NewKeyPage: Sendable {
  let context: PageContext
  let key: SecretToken
  let name: String

  func response() -> GatewayResponse {
    AccountFrame(context: context, section: .keys, title: context(.keyMadeTitle)).response(
      """
      <section class="panel narrow"><p><strong>\(name)</strong></p><p>\(context(.shownOnce))</p>
      <p class="secret" id="key">\(key.text)</p>
      <p class="small">\(context(.keyHowTo))</p>
      <p><a href="\(context.path("/account/keys"))">\(context(.toKeys))</a></p></section>
      """)
  }
}

/// Where an account is signed in.
struct SessionListPage: Sendable {
  let context: PageContext
  let sessions: [SessionRecord]
  let current: Int64
  var notice: Notice?

  func response() -> GatewayResponse {
    let form = FormMarkup(context: context)
    let others: HTML? =
      sessions.count > 1 ? form.button("/account/sessions/end-others", context(.endOthers), isDangerous: true) : nil
    return AccountFrame(context: context, section: .sessions, title: context(.sessions), notice: notice).response(
      """
      <p class="lead">\(context(.sessionsLead))</p>
      <ul class="items">\(sessions.map { item($0, form) }.joined("\n"))</ul>
      \(others)
      """)
  }

  private func item(_ session: SessionRecord, _ form: FormMarkup) -> HTML {
    let language = context.language
    let device = DeviceName.short(session.userAgent) ?? context(.unknownDevice)
    let agent: HTML? =
      device == session.userAgent || session.userAgent.isEmpty ? nil : "<p class=\"small\">\(session.userAgent)</p>"
    let mark: HTML? = session.id == current ? " <span class=\"tag\">\(context(.thisSession))</span>" : nil
    let act: HTML =
      session.id == current
      ? HTML()
      : form.button("/account/sessions/\(session.id)/end", context(.endSession), about: device, isDangerous: true)
    let used = language.moment(session.lastUsedAt.microseconds / 1_000_000)
    let began = language.moment(session.createdAt.microseconds / 1_000_000)
    return """
      <li><div class="what"><h2>\(device)\(mark)</h2>
      <p class="small">\(context(.sessionTimes, ["began": began, "used": used]))\
      \(session.clientAddress.isEmpty ? "" : " · \(session.clientAddress)")</p>\(agent)</div>
      <div class="acts">\(act)</div></li>
      """
  }
}

/// What browsers say of themselves, for people.
enum DeviceName {
  /// The first that is named counts: most name others, to be taken for these.
  private static let browsers = [
    ("Edg", "Edge"), ("OPR", "Opera"), ("SamsungBrowser", "Samsung Internet"), ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"), ("Chrome", "Chrome"), ("Safari", "Safari"),
  ]
  private static let systems = [
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"), ("Linux", "Linux"),
  ]

  /// `Firefox · Windows`; what was said where it is nobody's that is known; nil for nothing.
  static func short(_ userAgent: String) -> String? {
    guard !userAgent.isEmpty else { return nil }
    let browser = browsers.first { userAgent.contains($0.0 + "/") }?.1
    let system = systems.first { userAgent.contains($0.0) }?.1
    guard userAgent.hasPrefix("Mozilla/"), let browser else { return userAgent }
    return [browser, system].compactMap { $0 }.joined(separator: " · ")
  }
}
