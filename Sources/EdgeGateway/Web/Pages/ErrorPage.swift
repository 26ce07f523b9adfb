internal import HTTPTypes

/// A problem as a page, for people whose browser asked for one.
struct ErrorPage: Sendable {
  let context: PageContext
  let problem: Problem
  let requestID: String?

  /// Whether a request is a person's: of a page or of no route at all, and for HTML.
  static func isWanted(_ request: GatewayRequest) -> Bool {
    guard request.route.isPage || (request.route.pattern == "unmatched" && !isForPrograms(request.head.path ?? ""))
    else {
      return false
    }
    return request.head.headerFields[.accept]?.contains("text/html") ?? false
  }

  private static func isForPrograms(_ path: String) -> Bool {
    path.hasPrefix("/v1/") || path == "/v1" || path.hasPrefix("/assets/")
  }

  func response() -> GatewayResponse {
    let (title, text) = words
    let name = requestID.map { id -> HTML in "<p class=\"small muted\">\(context(.requestName, ["id": id]))</p>" }
    let content: HTML = """
      <section class="problem">
      <p class="code" aria-hidden="true">\(problem.status.code)</p>
      <h1>\(title)</h1>
      <p class="lead">\(text)</p>
      <p><a class="button" href="\(context.path("/"))">\(context(.backHome))</a></p>
      \(name)
      </section>
      """
    var response = Layout(context: context, title: title, description: text, isListed: false)
      .response(content, status: problem.status)
    response.fields[.cacheControl] = "no-store"
    response.fields[.vary] = "Accept"
    for (name, value) in problem.headers { response.fields[name] = value }
    return response
  }

  private var words: (title: String, text: String) {
    switch problem.status {
    case .notFound, .gone: (context(.notFoundTitle), context(.notFoundText))
    case .forbidden where problem.code == CrossSiteChecks.code: (context(.foreignTitle), context(.foreignText))
    case .forbidden, .unauthorized: (context(.forbiddenTitle), context(.forbiddenText))
    case .conflict: (context(.conflictTitle), context(.conflictText))
    case .tooManyRequests:
      (
        context(.tooManyTitle),
        context(.tooManyText, ["seconds": problem.headers.first { $0.name == .retryAfter }?.value ?? "1"])
      )
    case .serviceUnavailable, .gatewayTimeout, .badGateway: (context(.awayTitle), context(.awayText))
    case _ where problem.status.code < 500:
      (context(.badTitle), context(.badText, ["field": problem.field ?? context.language(.requestName, ["id": "URL"])]))
    default: (context(.failedTitle), context(.failedText))
    }
  }
}
