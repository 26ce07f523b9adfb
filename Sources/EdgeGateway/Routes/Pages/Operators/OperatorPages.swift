internal import HTTPTypes
internal import MeshMessages
internal import MeshRPC

/// The pages of those who run the mesh, in one language. What they do is done by `Operations`, as by the REST interface,
/// and stands in the audit log under the same names.
struct OperatorPages: Sendable {
  let operations: Operations
  let pages: PersonalPages

  /// The field that says where to go on after an act.
  static let back = "back"
  /// How much a part of a list shows.
  static let pageSize: UInt32 = 25

  var backends: Backends { operations.backends }

  var routes: [Route] {
    [
      page("/admin", "overview", "Everything at one look.", handler: overview),
      page("/admin/cache/flush", "flushCache", "Asks whether the caches shall be flushed.") { request, context in
        try layout(request, context, .overview, title: OperatorPhrase.cacheQuestion.text(in: context.language))
          .question(
            OperatorPhrase.cacheConsequence.text(in: context.language), button: .cacheFlush, path: "/admin/cache/flush",
            cancel: "/admin")
      },
      form("/admin/cache/flush", "flushCache", "Flushes the caches.") { _, _ in
        go("/admin", try await operations.flushes.flush() ? .flushed : .flushedHere)
      },
    ] + jobRoutes + sourceRoutes + productRoutes + importRoutes + deliveryRoutes + accountRoutes + keyRoutes
  }

  // MARK: Routes

  /// - Parameter name: its operation is `page-admin-NAME-LANGUAGE`.
  func page(
    _ path: String, _ name: String, _ summary: String, access: Route.Access = .operator,
    parameters: [ParameterDeclaration] = [], handler: @escaping PersonalPages.Handler
  ) -> Route {
    pages.page(
      path, "admin-" + name, summary, access: access, parameters: parameters + [OperatorNotice.parameter.declaration],
      handler: handler)
  }

  /// - Parameters:
  ///   - act: what the audit log has it as: the operation of the REST interface that does the same.
  ///   - name: its operation is `form-admin-NAME-LANGUAGE`; nil for the act.
  func form(
    _ path: String, _ act: String, _ summary: String, name: String? = nil, access: Route.Access = .operator,
    parameters: [ParameterDeclaration] = [], fields: [String] = [], handler: @escaping PersonalPages.Handler
  ) -> Route {
    pages.form(
      path, "admin-" + (name ?? act), summary, access: access, parameters: parameters, fields: fields, handler: handler
    ).with { $0.act = act }
  }

  func layout(
    _ request: GatewayRequest, _ context: PageContext, _ section: OperatorSection, title: String? = nil,
    isLive: Bool = false
  ) throws -> OperatorLayout {
    let context = OperatorContext(page: context)
    return OperatorLayout(
      parts: OperatorParts(context: context), section: section, title: title ?? context(section.phrase),
      role: request.principal?.role ?? .operator, notice: try request.value(OperatorNotice.parameter), isLive: isLive)
  }

  /// Where to go on after an act.
  ///
  /// - Parameter path: as it is in Turkish.
  func go(_ path: String, _ notice: OperatorNotice) -> GatewayResponse {
    let mark = path.contains("?") ? "&" : "?"
    return .seeOther(
      pages.language.path(path) + mark + OperatorNotice.parameter.declaration.name + "=" + notice.rawValue)
  }

  /// Where the form says to go on, if that is one of these pages.
  func back(_ request: GatewayRequest, or other: String) -> String {
    guard let path = LocalPath(request.form[Self.back]), path.text == "/admin" || path.text.hasPrefix("/admin/") else {
      return other
    }
    return path.text
  }

  /// What a service answers; nil where it is away, which pages say instead of failing.
  func told<Answer: Sendable>(_ ask: @Sendable () async throws -> Answer) async throws -> Answer? {
    do {
      return try await ask()
    } catch let error as RPCError where error.code == .unavailable || error.code == .deadlineExceeded {
      return nil
    }
  }

  // MARK: Everything at one look

  @Sendable private func overview(_ request: GatewayRequest, _ context: PageContext) async throws -> GatewayResponse {
    let (backends, options) = (backends, backends.read)
    async let services = operations.services()
    async let scheduler = told { try await backends.scheduler.getStatus(.init(), options: options) }
    async let notifier = told { try await backends.notifier.getStatus(.init(), options: options) }
    async let sources = told { try await backends.scheduler.listSources(.init(), options: options).sources }
    return OverviewPage(
      layout: try layout(request, context, .overview, isLive: true), services: await services,
      scheduler: try await scheduler, notifier: try await notifier, sources: try await sources,
      samples: operations.trends.samples
    ).response()
  }
}
