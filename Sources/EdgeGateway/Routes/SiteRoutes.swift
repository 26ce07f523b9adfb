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
}
