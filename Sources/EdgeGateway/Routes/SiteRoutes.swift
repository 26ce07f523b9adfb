internal import HTTPTypes
internal import Logging
internal import MeshMessages
internal import MeshRPC
internal import ServiceKit

/// The first page and its style, health, and the description of everything else.
struct SiteRoutes {
  let backends: Backends
  let readiness: Readiness
  let logger: Logger

  var routes: [Route] {
    [
      Route(
        .get, "/", "home", tag: "site", "A page that shows open deals.", freshness: .publicSeconds(5),
        limit: .web, response: .html, handler: home
      ).with {
        $0.asksServices = false
        $0.sameContent = [.serviceUnavailable]
      },
      Route(
        .get, "/style.css", "style", tag: "site", "The page's style sheet.", freshness: .publicSeconds(3600),
        limit: .web, response: .css
      ) { _ in GatewayResponse(contentType: "text/css; charset=utf-8", body: Array(HomePage.style.utf8)) }
      .with { $0.asksServices = false },
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
    let all = others + routes(document: [], page: [])
    return routes(
      document: OpenAPIDocument.bytes(for: all, version: version), page: DocsPage.render(all, version: version))
  }

  @Sendable private func home(_ request: GatewayRequest) async throws -> GatewayResponse {
    var deals: [PricingV1.Deal]?
    do {
      let message = PricingV1.ListDealsRequest(order: .score, page: CommonV1.Page(size: 30))
      deals = try await backends.pricing.listDeals(message, options: backends.read).deals
    } catch let error as RPCError {
      logger.debug("the first page has no deals", metadata: ["error": "\(error)"])
    }
    var response = GatewayResponse(
      status: deals == nil ? .serviceUnavailable : .ok, contentType: "text/html; charset=utf-8",
      body: HomePage.render(deals))
    response.fields[.contentSecurityPolicy] = HomePage.policy
    return response
  }
}
