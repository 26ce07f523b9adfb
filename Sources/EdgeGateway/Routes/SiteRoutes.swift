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
        limit: .web, response: .html, handler: home),
      Route(
        .get, "/style.css", "style", tag: "site", "The page's style sheet.", freshness: .publicSeconds(3600),
        limit: .web, response: .css
      ) { _ in GatewayResponse(contentType: "text/css; charset=utf-8", body: Array(HomePage.style.utf8)) },
      Route(
        .get, "/healthz", "healthz", tag: "health", "Whether the gateway lives.", limit: .exempt, response: .anyJSON
      ) { _ in
        .json(Array(#"{"live":true}"#.utf8))
      },
      Route(
        .get, "/readyz", "readyz", tag: "health", "Whether the gateway takes requests; 503 if not.",
        limit: .exempt, response: .anyJSON
      ) { [readiness] _ in
        .json(readiness.report(showsReasons: false), status: readiness.isReady ? .ok : .serviceUnavailable)
      },
    ]
  }

  /// The route that describes all others and itself.
  static func openAPI(_ others: [Route], version: String) -> Route {
    func route(_ body: [UInt8]) -> Route {
      Route(
        .get, "/openapi.json", "openAPI", tag: "site", "This document.", freshness: .publicSeconds(300),
        response: .anyJSON
      ) { _ in .json(body) }
    }
    return route(OpenAPIDocument.bytes(for: others + [route([])], version: version))
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
