internal import HTTPTypes
internal import PostgresClient

/// The account itself: its owner's address and language, password, data and end.
struct AccountPages: Sendable {
  let own: OwnAccount
  let pages: PersonalPages

  private static let faults: [String: AccountPhrase] = [
    "password": .faultPassword, "currentPassword": .faultCurrentPassword, "language": .faultChoice,
  ]

  var routes: [Route] {
    [
      pages.page("/account", "account", "The account that is signed in.", handler: overview),
      pages.form("/account/language", "language", "Sets the language of mails.", fields: ["language"]) {
        request, context in
        _ = try await own.setLanguage(request.form["language"], of: try request.signedIn().account)
        return pages.seeOther("/account", .saved)
      },
      pages.page("/account/password", "password", "Another password.") { _, context in
        passwordPage(FormMarkup(context: context))
      },
      pages.form(
        "/account/password", "password", "Sets another password, and ends all other sessions.", limit: .auth,
        fields: ["currentPassword", "password"], handler: changePassword),
      pages.page("/account/export", "export", "All that is kept of the owner, as a file.") { request, _ in
        let (id, session) = try request.signedIn()
        return try await own.export(id, session: session)
      },
      pages.page("/account/delete", "deleteAccount", "Asks whether the account shall go.") { _, context in
        deletePage(FormMarkup(context: context))
      },
      pages.form(
        "/account/delete", "deleteAccount", "Removes the account.", limit: .auth, fields: ["password"], handler: delete),
    ]
  }

  @Sendable private func overview(_ request: GatewayRequest, _ context: PageContext) async throws -> GatewayResponse {
    let account = try await own.account(try request.signedIn().account)
    let form = FormMarkup(context: context, values: ["language": account.language])
    let languages = Language.allCases.map { (value: $0.code, label: $0.name) }
    let since = account.createdAt.microseconds / 1_000_000
    let content: HTML = """
      <section class="panel"><h2>\(context(.accountData))</h2>
      <dl><div><dt>\(context(.email))</dt><dd>\(account.email)</dd></div>
      <div><dt>\(context(.since))</dt><dd><time datetime="\(CivilTime.rfc3339(since))">\(context.language.date(since))</time>\
      </dd></div></dl>
      \(form.form(
        "/account/language", form.select("language", context(.mailLanguage), languages), button: context(.save)))
      </section>
      <section class="panel"><h2>\(context(.password))</h2>
      <p><a href="\(context.path("/account/password"))">\(context(.changePassword))</a></p></section>
      <section class="panel"><h2>\(context(.ownData))</h2>
      <p>\(context(.exportLead))</p>
      <p><a class="button plain" href="\(context.path("/account/export"))" download="fiyatradari.json">\
      \(context(.export))</a></p>
      <p>\(context(.deleteLead))</p>
      <p><a class="button plain danger" href="\(context.path("/account/delete"))">\(context(.deleteAccount))</a></p></section>
      """
    return AccountFrame(
      context: context, section: .overview, title: context(Phrase.account), notice: try request.value(Notice.parameter)
    ).response(content)
  }

  // MARK: Password

  private func passwordPage(_ form: FormMarkup, status: HTTPResponse.Status = .ok) -> GatewayResponse {
    let context = form.context
    let fields =
      form.field("currentPassword", context(.currentPassword), .currentPassword)
      + form.field("password", context(.newPassword), .newPassword, hint: context(.passwordHint))
    let content: HTML = """
      <section class="panel narrow"><p>\(context(.changePasswordLead))</p>
      \(form.form("/account/password", fields, button: context(.resetButton), cancel: "/account"))</section>
      """
    return AccountFrame(context: context, section: .overview, title: context(.changePassword))
      .response(content, status: status)
  }

  @Sendable private func changePassword(
    _ request: GatewayRequest, _ context: PageContext
  ) async throws -> GatewayResponse {
    let (id, session) = try request.signedIn()
    do {
      try await own.changePassword(
        id, session: session, current: request.form["currentPassword"], new: request.form["password"])
      return pages.seeOther("/account", .saved)
    } catch {
      var form = FormMarkup(context: context)
      form.errors = try form.faults(error, Self.faults)
      return passwordPage(form, status: .unprocessableContent)
    }
  }

  // MARK: The end

  private func deletePage(_ form: FormMarkup, status: HTTPResponse.Status = .ok) -> GatewayResponse {
    let context = form.context
    return AccountFrame(context: context, section: .overview, title: context(.deleteTitle)).confirmation(
      form, text: context(.deleteText), button: context(.deleteButton), path: "/account/delete", cancel: "/account",
      fields: form.field("password", context(.password), .currentPassword), status: status)
  }

  @Sendable private func delete(_ request: GatewayRequest, _ context: PageContext) async throws -> GatewayResponse {
    do {
      try await own.remove(try request.signedIn().account, password: request.form["password"])
    } catch {
      var form = FormMarkup(context: context)
      form.errors = try form.faults(error, ["password": .faultCurrentPassword, "": .faultLastAdmin])
      return deletePage(form, status: .unprocessableContent)
    }
    var response = pages.seeOther(PersonalPages.signInPath, .accountRemoved)
    response.fields[.setCookie] = pages.identity.cookie.removal
    return response
  }
}
