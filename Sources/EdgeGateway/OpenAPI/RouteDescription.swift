package import HTTPTypes

/// What follows from a route's declaration: which statuses it may answer with, and how to prove that one may use it.
extension Route {
  /// Statuses of problems, in order. A route that can answer otherwise says so in `further`.
  package var refusals: [HTTPResponse.Status] {
    // An unknown parameter, or a path that is no UTF-8, is refused everywhere.
    var statuses: [HTTPResponse.Status] = [.badRequest, .uriTooLong]
    if access != .anyone { statuses += [.unauthorized, .forbidden] }
    if !pathParameters.isEmpty { statuses.append(.notFound) }
    if body != nil { statuses += [.contentTooLarge, .unsupportedMediaType] }
    if limit.tier != nil { statuses.append(.tooManyRequests) }
    if asksServices { statuses += [.internalServerError, .notImplemented, .serviceUnavailable, .gatewayTimeout] }
    statuses += further
    return HTTPResponse.Status.sorted(statuses.filter { status in !sameContent.contains { $0.code == status.code } })
  }

  /// Whether the gateway's cache keeps its answers.
  var isKept: Bool {
    guard method == .get, access == .anyone, case .publicSeconds = freshness else { return false }
    return true
  }

  /// Who may use it, for people.
  package var audience: String {
    switch access {
    case .anyone: "Anyone."
    case .subscriber(let scope): "Subscribers; API keys with the scope \(scope.rawValue)."
    case .account: "Owners of accounts, signed in; no API key."
    case .operator: "Operators and admins."
    case .admin: "Admins."
    }
  }

  /// By which of `SecurityScheme` it may be used; none for what anyone may.
  var security: [SecurityScheme] {
    switch access {
    case .anyone: []
    // No API key changes accounts.
    case .account: [.session, .cookie]
    case .subscriber, .operator, .admin: SecurityScheme.allCases
    }
  }
}

extension HTTPResponse.Status {
  /// By code, each once.
  static func sorted(_ statuses: [HTTPResponse.Status]) -> [HTTPResponse.Status] {
    Dictionary(statuses.map { ($0.code, $0) }) { first, _ in first }.sorted { $0.key < $1.key }.map(\.value)
  }
}

/// How to prove who one is. Any of those that an operation names will do.
enum SecurityScheme: String, CaseIterable {
  case session, cookie, apiKey

  var schema: JSONTree {
    switch self {
    case .session:
      [
        "type": "http", "scheme": "bearer",
        "description": "A session's token, an API key, or a token of the configuration.",
      ]
    case .cookie:
      [
        "type": "apiKey", "in": "cookie", "name": "__Host-session",
        "description": "A session of a browser; X-CSRF-Token goes with what changes something.",
      ]
    case .apiKey:
      [
        "type": "apiKey", "in": "header", "name": "X-Api-Key",
        "description": "An API key, with the scopes that it was given.",
      ]
    }
  }
}
