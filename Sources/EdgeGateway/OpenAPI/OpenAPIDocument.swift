internal import HTTPTypes

/// The OpenAPI 3.1 document of the route table.
package enum OpenAPIDocument {
  /// The document as JSON.
  package static func bytes(for routes: [Route], version: String) -> [UInt8] {
    var schemas = MessageSchemas()
    let paths = patterns(routes).map { pattern in
      let operations = routes.filter { $0.pattern == pattern }.map { route in
        (name: route.method.rawValue.lowercased(), value: operation(route, &schemas))
      }
      return (name: pattern, value: JSONTree.object(operations))
    }
    let document: JSONTree = [
      "openapi": "3.1.0", "info": info(version), "servers": [["url": "/", "description": "This gateway."]],
      "tags": tags(routes), "paths": .object(paths), "components": components(routes, &schemas),
    ]
    return document.bytes
  }

  private static func info(_ version: String) -> JSONTree {
    [
      "title": "Fiyatradari", "version": .string(version),
      "description": """
      Prices of products across shops, their history, and deals judged by it. JSON is proto3's mapping, with values \
      that are unset written as their defaults; unset objects are left out. 64-bit numbers are strings. Money is \
      {"amount":"1299.00","currency":"TRY"} with the currency's own number of decimals; where a field is a plain number \
      of minor units its name's description in the contract says so. Discounts are basis points: 1250 is 12.5 %. \
      Lists are read part by part with page_token. Errors are problem details (RFC 9457) with `code`, and `field` \
      where a parameter or a part of the body is at fault. Every GET answers to HEAD as well; another method than a \
      path has is answered with 405 and `Allow`.
      """,
    ]
  }

  /// What a tag's operations are about.
  package static func about(_ tag: String) -> String? {
    switch tag {
    case "products": "What shops sell: lists, search, one product."
    case "prices": "How prices were and are."
    case "deals": "What is cheaper than it was, with the evidence."
    case "channels": "Ways to reach a subscriber."
    case "alerts": "What a subscriber wants to be told of, and what was sent."
    case "accounts": "Signing up and in, keys for programs, and what an owner does with the account."
    case "analytics": "What visitors do, without who they are."
    case "admin": "For operators and admins."
    case "site": "Pages for people, and this description."
    case "health": "For those who keep the gateway running."
    default: nil
    }
  }

  private static func tags(_ routes: [Route]) -> JSONTree {
    .array(
      Self.tagNames(routes).map { tag in
        JSONTree.object([("name", .string(tag))]).with("description", about(tag).map { .string($0) })
      })
  }

  /// Tags in the order of the routes, each once.
  static func tagNames(_ routes: [Route]) -> [String] {
    var seen: Set<String> = []
    return routes.map(\.tag).filter { seen.insert($0).inserted }
  }

  private static func patterns(_ routes: [Route]) -> [String] {
    var seen: Set<String> = []
    return routes.map(\.plainPattern).filter { seen.insert($0).inserted }
  }

  private static func operation(_ route: Route, _ schemas: inout MessageSchemas) -> JSONTree {
    var operation: JSONTree = [
      "operationId": .string(route.operation), "summary": .string(route.summary), "tags": [.string(route.tag)],
    ]
    if !route.parameters.isEmpty {
      operation = operation.with("parameters", .array(route.parameters.map(ParameterSchema.parameter)))
    }
    if let body = route.body { operation = operation.with("requestBody", requestBody(body, of: route, &schemas)) }
    operation = operation.with("responses", responses(route, &schemas))
    let security = route.security.map { JSONTree.object([($0.rawValue, [])]) }
    return security.isEmpty ? operation : operation.with("security", .array(security))
  }

  private static func requestBody(
    _ body: Route.Content, of route: Route, _ schemas: inout MessageSchemas
  ) -> JSONTree {
    var schema = schema(body, .taken, &schemas)
    if !route.requiredMembers.isEmpty { schema = schema.with("required", .strings(route.requiredMembers)) }
    if !route.alternativeMembers.isEmpty {
      schema = schema.with("oneOf", .array(route.alternativeMembers.map { ["required": [.string($0)]] }))
    }
    var media: JSONTree = ["schema": schema]
    if let example = route.bodyExample { media = media.with("example", example) }
    return ["required": true, "content": ["application/json": media]]
  }

  // MARK: Answers

  private static func responses(_ route: Route, _ schemas: inout MessageSchemas) -> JSONTree {
    var responses: [(Int, JSONTree)] = [(route.status.code, success(route, route.status, &schemas))]
    for status in route.sameContent { responses.append((status.code, success(route, status, &schemas))) }
    if route.method == .get, route.freshness != .none {
      responses.append((304, ["$ref": "#/components/responses/NotModified"]))
    }
    for status in route.refusals {
      responses.append((status.code, ["$ref": .string("#/components/responses/\(ProblemResponses.name(status))")]))
    }
    return .object(responses.sorted { $0.0 < $1.0 }.map { (String($0.0), $0.1) })
  }

  private static func success(
    _ route: Route, _ status: HTTPResponse.Status, _ schemas: inout MessageSchemas
  ) -> JSONTree {
    var headers = ["X-Request-Id", "Cache-Control"]
    if route.freshness != .none, status == .ok { headers.append("ETag") }
    if route.isKept, status == .ok { headers += ["Age", "Cache-Status"] }
    if route.limit.tier != nil { headers += ["RateLimit", "RateLimit-Policy"] }
    if status == .found { headers.append("Location") }
    let response: JSONTree = [
      "description": .string(status.reasonPhrase), "headers": ProblemResponses.headers(headers),
    ]
    guard let type = mediaType(route.response) else { return response }
    let media: JSONTree = ["schema": schema(route.response, .sent, &schemas)]
    return response.with("content", .object([(type, media)]))
  }

  private static func mediaType(_ content: Route.Content) -> String? {
    switch content {
    case .nothing: nil
    case .html: "text/html"
    case .css: "text/css"
    case .form: "application/x-www-form-urlencoded"
    case .upload: "multipart/form-data"
    case .text(let type): type
    case .eventStream: "text/event-stream"
    case .message, .fields, .object, .anyOf, .anyJSON: "application/json"
    }
  }

  private static func schema(
    _ content: Route.Content, _ direction: MessageSchemas.Direction, _ schemas: inout MessageSchemas
  ) -> JSONTree {
    switch content {
    case .message(let layout): return schemas.reference(layout, direction)
    case .fields(let names, let layout): return schemas.object(layout, direction, fields: names)
    case .object(let members):
      var properties: [(name: String, value: JSONTree)] = []
      for (name, member) in members { properties.append((name, schema(member, direction, &schemas))) }
      return ["type": "object", "properties": .object(properties)]
    case .anyOf(let contents):
      var alternatives: [JSONTree] = []
      for content in contents { alternatives.append(schema(content, direction, &schemas)) }
      return ["anyOf": .array(alternatives)]
    case .html, .css, .text, .eventStream: return ["type": "string"]
    case .form(let once, let many):
      return ["type": "object", "properties": .object((once + many).map { ($0, ["type": "string"]) })]
    case .upload(let fields, let file, _):
      return ["type": "object", "properties": .object((fields + [file]).map { ($0, ["type": "string"]) })]
    case .anyJSON, .nothing: return .object([])
    }
  }

  private static func components(_ routes: [Route], _ schemas: inout MessageSchemas) -> JSONTree {
    [
      "schemas": .object(schemas.components() + [("Problem", ProblemResponses.schema)]),
      "responses": ProblemResponses.all(routes), "headers": ProblemResponses.allHeaders,
      "securitySchemes": .object(SecurityScheme.allCases.map { ($0.rawValue, $0.schema) }),
    ]
  }
}
