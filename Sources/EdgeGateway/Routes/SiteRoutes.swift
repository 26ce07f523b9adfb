internal import HTTPTypes
internal import ServiceKit

/// Health, and the description of everything else.
struct SiteRoutes {
  let readiness: Readiness

  var routes: [Route] {
    [
      Route(
        .get, "/healthz", "healthz", tag: "health", "Whether the gateway lives.", limit: .exempt, response: .anyJSON
      ) { _ in
        .json(Array(#"{"live":true}"#.utf8))
      }.with { $0.asksServices = false },
      Route(
        .get, "/readyz", "readyz", tag: "health", "Whether the gateway takes requests; 503 if not.",
        limit: .exempt, response: .anyJSON
      ) { [readiness] _ in
        .json(readiness.report(showsReasons: false), status: readiness.isReady ? .ok : .serviceUnavailable)
      }.with {
        $0.asksServices = false
        $0.sameContent = [.serviceUnavailable]
      },
    ]
  }

  /// The routes that describe all others and themselves: for programs, and for people.
  static func descriptions(of others: [Route], version: String) -> [Route] {
    func routes(document: [UInt8], page: [UInt8]) -> [Route] {
      [
        Route(
          .get, "/openapi.json", "openAPI", tag: "site", "The description of the whole interface, for programs.",
          freshness: .publicSeconds(300), response: .anyJSON
        ) { _ in .json(document) },
        Route(
          .get, "/docs", "docs", tag: "site", "The description of the whole interface, for people.",
          freshness: .publicSeconds(300), limit: .web, response: .html
        ) { _ in
          var response = GatewayResponse(contentType: "text/html; charset=utf-8", body: page)
          response.fields[.contentSecurityPolicy] = DocsPage.policy
          return response
        },
        Route(
          .get, "/docs.css", "docsStyle", tag: "site", "The style sheet of that page.", freshness: .publicSeconds(3600),
          limit: .web, response: .css
        ) { _ in GatewayResponse(contentType: "text/css; charset=utf-8", body: Array(DocsPage.style.utf8)) },
      ].map { $0.with { $0.asksServices = false } }
    }
    // Pages are for people, who follow their links.
    let all = others.filter { $0.tag != "pages" } + routes(document: [], page: [])
    return routes(
      document: OpenAPIDocument.bytes(for: all, version: version), page: DocsPage.render(all, version: version))
  }
}
