internal import HTTPTypes

/// The pages of those who are not signed in yet: signing in and up, verifying an address, a forgotten password.
struct SignInPages: Sendable {
  let own: OwnAccount
  let pages: PersonalPages

  /// What the link of a mail holds. It is looked at where it is used: an old link leads to a page that says so.
  private static let token = Parameter<String>.text("token", length: 1...200, "What the mail's link holds.")
  private static let faults: [String: AccountPhrase] = [
    "email": .faultEmail, "password": .faultPassword, "token": .faultToken,
  ]

  var routes: [Route] {
    [
      pages.page(
        "/account/sign-in", "signIn", "Signing in.", access: .anyone, parameters: [LocalPath.parameter.declaration],
        handler: signInPage),
      pages.form(
        "/account/sign-in", "signIn", "Signs in.", access: .anyone, limit: .auth,
        fields: ["email", "password", "next"],
        handler: signIn),
      pages.form("/account/sign-out", "signOut", "Signs out.", handler: signOut),
      pages.page("/account/sign-up", "signUp", "Signing up.", access: .anyone) { request, context in
        signUpPage(FormMarkup(context: context))
      },
      pages.form(
        "/account/sign-up", "signUp", "Signs up.", access: .anyone, limit: .auth, fields: ["email", "password"],
        handler: signUp),
      pages.page("/account/check-mail", "checkMail", "What comes by mail next.", access: .anyone) { _, context in
        EntryPage(context: context, title: context(.checkMail), lead: context(.checkMailLead)).response(HTML())
      },
      pages.page(
        "/account/verify", "verify", "Verifying an address by a mail's link.", access: .anyone,
        parameters: [Self.token.declaration]
      ) { request, context in
        verifyPage(FormMarkup(context: context, values: ["token": try request.value(Self.token) ?? ""]))
      },
      pages.form(
        "/account/verify", "verify", "Verifies an address.", access: .anyone, limit: .auth, fields: ["token"],
        handler: verify),
      pages.page("/account/forgotten", "forgotten", "A forgotten password.", access: .anyone) { _, context in
        forgottenPage(FormMarkup(context: context))
      },
      pages.form(
        "/account/forgotten", "forgotten", "Has a mail sent to choose a new password by.", access: .anyone,
        limit: .auth,
        fields: ["email"], handler: forgotten),
      pages.page(
        "/account/reset", "reset", "Choosing a new password by a mail's link.", access: .anyone,
        parameters: [Self.token.declaration]
      ) { request, context in
        resetPage(FormMarkup(context: context, values: ["token": try request.value(Self.token) ?? ""]))
      },
      pages.form(
        "/account/reset", "reset", "Sets a new password.", access: .anyone, limit: .auth,
        fields: ["token", "password"],
        handler: reset),
    ]
  }

  // MARK: In and out

  @Sendable private func signInPage(_ request: GatewayRequest, _ context: PageContext) throws -> GatewayResponse {
    let next = try request.value(LocalPath.parameter)
    if context.viewer != nil { return .seeOther(next?.text ?? context.path("/account")) }
    return signInPage(
      FormMarkup(context: context, values: ["next": next?.text ?? ""]), notice: try request.value(Notice.parameter))
  }

  private func signInPage(
    _ form: FormMarkup, notice: Notice? = nil, status: HTTPResponse.Status = .ok
  ) -> GatewayResponse {
    let context = form.context
    let next = form.values["next"] ?? ""
    let fields =
      (next.isEmpty ? HTML() : form.hidden("next", next)) + form.field("email", context(.email), .email)
      + form.field("password", context(.password), .currentPassword)
    return EntryPage(context: context, title: context(.signIn), notice: notice).response(
      form.form("/account/sign-in", fields, button: context(.signIn)),
      further: """
        <p class="further"><a href="\(context.path("/account/forgotten"))">\(context(.forgotten))</a>
        <a href="\(context.path("/account/sign-up"))">\(context(.signUpInstead))</a></p>
        """, status: status)
  }

  @Sendable private func signIn(_ request: GatewayRequest, _ context: PageContext) async throws -> GatewayResponse {
    let email = request.form.trimmed("email")
    let next = LocalPath(request.form["next"])
    var form = FormMarkup(context: context, values: ["email": email, "next": next?.text ?? ""])
    do {
      let signedIn = try await own.signIn(
        email: email, password: request.form["password"], byCookie: true, request)
      if let signedIn {
        var response = GatewayResponse.seeOther(next?.text ?? context.path("/account"))
        response.fields[.setCookie] = pages.identity.cookie.setting(signedIn.token)
        return response
      }
      form.errors = [("", context(.faultSignIn))]
    } catch {
      form.errors = try form.faults(error, Self.faults)
    }
    return signInPage(form, status: .unprocessableContent)
  }

  @Sendable private func signOut(_ request: GatewayRequest, _ context: PageContext) async throws -> GatewayResponse {
    let (account, session) = try request.signedIn()
    // One that is gone by now has what it wanted.
    try await own.endSession(session, of: account)
    return signedOut(.signedOut)
  }

  private func signedOut(_ notice: Notice) -> GatewayResponse {
    var response = pages.seeOther(PersonalPages.signInPath, notice)
    response.fields[.setCookie] = pages.identity.cookie.removal
    return response
  }

  // MARK: Signing up

  private func signUpPage(_ form: FormMarkup, status: HTTPResponse.Status = .ok) -> GatewayResponse {
    let context = form.context
    let fields =
      form.field("email", context(.email), .email)
      + form.field("password", context(.newPassword), .newPassword, hint: context(.passwordHint))
    return EntryPage(context: context, title: context(.signUp), lead: context(.signUpLead)).response(
      form.form("/account/sign-up", fields, button: context(.signUp)),
      further: """
        <p class="further"><a href="\(context.path("/account/sign-in"))">\(context(.signInInstead))</a></p>
        """, status: status)
  }

  @Sendable private func signUp(_ request: GatewayRequest, _ context: PageContext) async throws -> GatewayResponse {
    let email = request.form.trimmed("email")
    do {
      try await own.signUp(email: email, password: request.form["password"], language: context.language.code)
      return pages.seeOther("/account/check-mail")
    } catch {
      var form = FormMarkup(context: context, values: ["email": email])
      form.errors = try form.faults(error, Self.faults)
      return signUpPage(form, status: .unprocessableContent)
    }
  }

  /// The button uses the token up, and not the reading of the page: programs that look at links in mails read.
  private func verifyPage(_ form: FormMarkup, status: HTTPResponse.Status = .ok) -> GatewayResponse {
    let context = form.context
    return EntryPage(context: context, title: context(.verify), lead: context(.verifyLead)).response(
      form.form("/account/verify", tokenField(form), button: context(.verifyButton)), status: status)
  }

  /// Hidden where the link brought it; a field for who has it otherwise, or has a wrong one.
  private func tokenField(_ form: FormMarkup) -> HTML {
    let token = form.values["token"] ?? ""
    if !token.isEmpty, form.errors.allSatisfy({ $0.field != "token" }) { return form.hidden("token", token) }
    return form.field("token", form.context(.tokenLabel), .code, hint: form.context(.tokenHint))
  }

  @Sendable private func verify(_ request: GatewayRequest, _ context: PageContext) async throws -> GatewayResponse {
    let token = request.form.trimmed("token")
    do {
      try await own.verify(token: token)
      return pages.seeOther(PersonalPages.signInPath, .verified)
    } catch {
      var form = FormMarkup(context: context, values: ["token": token])
      form.errors = try form.faults(error, Self.faults)
      return verifyPage(form, status: .unprocessableContent)
    }
  }

  // MARK: A forgotten password

  private func forgottenPage(_ form: FormMarkup, status: HTTPResponse.Status = .ok) -> GatewayResponse {
    let context = form.context
    return EntryPage(context: context, title: context(.forgotten), lead: context(.forgottenLead)).response(
      form.form("/account/forgotten", form.field("email", context(.email), .email), button: context(.forgottenButton)),
      status: status)
  }

  @Sendable private func forgotten(_ request: GatewayRequest, _ context: PageContext) async throws -> GatewayResponse {
    let email = request.form.trimmed("email")
    do {
      try await own.requestReset(email: email)
      return pages.seeOther("/account/check-mail")
    } catch {
      var form = FormMarkup(context: context, values: ["email": email])
      form.errors = try form.faults(error, Self.faults)
      return forgottenPage(form, status: .unprocessableContent)
    }
  }

  private func resetPage(_ form: FormMarkup, status: HTTPResponse.Status = .ok) -> GatewayResponse {
    let context = form.context
    let fields =
      tokenField(form) + form.field("password", context(.newPassword), .newPassword, hint: context(.passwordHint))
    return EntryPage(context: context, title: context(.reset)).response(
      form.form("/account/reset", fields, button: context(.resetButton)), status: status)
  }

  @Sendable private func reset(_ request: GatewayRequest, _ context: PageContext) async throws -> GatewayResponse {
    let token = request.form.trimmed("token")
    do {
      try await own.confirmReset(token: token, password: request.form["password"])
      return signedOut(.passwordSet)
    } catch {
      var form = FormMarkup(context: context, values: ["token": token])
      form.errors = try form.faults(error, Self.faults)
      return resetPage(form, status: .unprocessableContent)
    }
  }
}
