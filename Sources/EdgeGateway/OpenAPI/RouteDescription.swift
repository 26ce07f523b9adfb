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
    case .subscriber: "Subscribers."
    case .admin: "Operators."
    }
  }

  /// By which of `SecurityScheme` it may be used; none for what anyone may.
  var security: [SecurityScheme] {
    switch access {
    case .anyone: []
    case .subscriber, .admin: SecurityScheme.allCases
    }
  }
}

extension HTTPResponse.Status {
  /// By code, each once.
  static func sorted(_ statuses: [HTTPResponse.Status]) -> [HTTPResponse.Status] {
    Dictionary(statuses.map { ($0.code, $0) }) { first, _ in first }.sorted { $0.key < $1.key }.map(\.value)
  }
}

/// How to prove who one is.
enum SecurityScheme: String, CaseIterable {
  case token, apiKey, session

  var schema: JSONTree {
    switch self {
    case .token: ["type": "http", "scheme": "bearer", "description": "A token in Authorization: Bearer TOKEN."]
    case .apiKey: ["type": "apiKey", "in": "header", "name": "X-Api-Key", "description": "An account's API key."]
    case .session:
      [
        "type": "apiKey", "in": "cookie", "name": "__Host-session",
        "description": "A browser's session. Requests that change something need X-CSRF-Token besides.",
      ]
    }
  }
}
