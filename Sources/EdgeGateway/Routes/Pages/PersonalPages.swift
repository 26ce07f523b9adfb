internal import HTTPTypes

/// How pages are made whose reader matters: those of accounts and of operators, in one language. They are stored by nobody,
/// and lead whoever is not signed in to where one signs in (`ProblemWriter`).
struct PersonalPages: Sendable {
  let site: PageSite
  let language: Language
  let identity: Identity

  typealias Handler = @Sendable (GatewayRequest, PageContext) async throws -> GatewayResponse

  static let signInPath = "/account/sign-in"
  static let storedByNobody = "private, no-store"

  /// A page. It may say what was just done (`Notice`).
  ///
  /// - Parameters:
  ///   - path: as it is in Turkish.
  ///   - name: its route's operation is `page-NAME-LANGUAGE`.
  func page(
    _ path: String, _ name: String, _ summary: String, access: Route.Access = .account, limit: RouteLimit = .web,
    parameters: [ParameterDeclaration] = [], handler: @escaping Handler
  ) -> Route {
    var route = Route(
      .get, language.path(path), "page-\(name)-\(language.code)", tag: "pages", "\(summary) (\(language.code))",
      access: access, limit: limit, parameters: parameters + [Notice.parameter.declaration], response: .html
    ) { request in try await handler(request, try context(request)) }
    route.isPage = true
    return route
  }

  /// What a form is sent to. It answers with where to go on (303), or with the form and what is wrong with it.
  ///
  /// - Parameters:
  ///   - name: its route's operation is `form-NAME-LANGUAGE`.
  ///   - fields: those that may be given once.
  ///   - many: those that may be given any number of times.
  func form(
    _ path: String, _ name: String, _ summary: String, access: Route.Access = .account, limit: RouteLimit = .web,
    parameters: [ParameterDeclaration] = [], fields: [String] = [], many: [String] = [], handler: @escaping Handler
  ) -> Route {
    var route = Route(
      .post, language.path(path), "form-\(name)-\(language.code)", tag: "pages", "\(summary) (\(language.code))",
      access: access, limit: limit, parameters: parameters, body: .form(fields, many: many), status: .seeOther,
      response: .html
    ) { request in try await handler(request, try context(request)) }
    route.isPage = true
    return route
  }

  /// For whom and where a page is.
  ///
  /// - Throws: `SodiumError`.
  func context(_ request: GatewayRequest) throws -> PageContext {
    let notices = [Notice.parameter.declaration.name, OperatorNotice.parameter.declaration.name]
    let items = request.query.names.filter { !notices.contains($0) }
      .map { (name: $0, value: request.query[$0] ?? "") }
    let path = Self.plain(request.head.path ?? "/", language).prefix { $0 != "?" } + WebAddress.query(items)
    return PageContext(
      site: site, language: language, path: String(path), isCanonical: false,
      viewer: try Viewer(request.principal, identity))
  }

  /// Where to go on after a form (RFC 9110 §15.4.4), so that loading the page anew does nothing a second time.
  ///
  /// - Parameter path: as it is in Turkish.
  func seeOther(_ path: String, _ notice: Notice? = nil, _ items: [(name: String, value: String)] = [])
    -> GatewayResponse
  {
    let query = WebAddress.query(items + [(Notice.parameter.declaration.name, notice?.rawValue ?? "")])
    return .seeOther(language.path(path) + query)
  }

  /// Leads whoever is not signed in to where one signs in, and from there back to what he asked for.
  static func signIn(_ request: GatewayRequest) -> GatewayResponse {
    let path = request.head.path ?? "/"
    let language = Language(path: path)
    let next = request.isRead ? LocalPath(path) : LocalPath(language.path("/account"))
    return .seeOther(language.path(signInPath) + WebAddress.query([("next", next?.text ?? "")]))
  }

  /// A path as it is in Turkish.
  private static func plain(_ path: String, _ language: Language) -> Substring {
    guard language == .english, path.hasPrefix("/en") else { return path[...] }
    let rest = path.dropFirst(3)
    return rest.isEmpty ? "/" : rest
  }
}

extension GatewayResponse {
  /// - Parameter location: a path of ours.
  static func seeOther(_ location: String) -> GatewayResponse {
    var response = GatewayResponse(status: .seeOther)
    response.fields[.location] = location
    response.fields[.cacheControl] = PersonalPages.storedByNobody
    return response
  }
}
