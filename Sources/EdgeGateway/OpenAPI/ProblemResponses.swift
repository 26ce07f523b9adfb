internal import HTTPTypes

/// Answers that many operations share: problems by status, 304, and header fields.
enum ProblemResponses {
  static func name(_ status: HTTPResponse.Status) -> String {
    status.reasonPhrase.split { $0 == " " || $0 == "-" }
      .map { $0.prefix(1).uppercased() + $0.dropFirst().lowercased() }.joined()
  }

  static func all(_ routes: [Route]) -> JSONTree {
    let problems = HTTPResponse.Status.sorted(routes.flatMap(\.refusals)).map { status in
      (name: name(status), value: response(status))
    }
    let unchanged: JSONTree = [
      "description": "The answer is still the one whose ETag If-None-Match named.",
      "headers": headers(["X-Request-Id", "Cache-Control", "ETag"]),
    ]
    return .object([("NotModified", unchanged)] + problems)
  }

  private static func response(_ status: HTTPResponse.Status) -> JSONTree {
    var names = ["X-Request-Id", "Cache-Control"]
    switch status {
    case .unauthorized: names.append("WWW-Authenticate")
    case .tooManyRequests: names += ["Retry-After", "RateLimit", "RateLimit-Policy"]
    case .serviceUnavailable: names.append("Retry-After")
    default: break
    }
    return [
      "description": .string(meaning(status)), "headers": headers(names),
      "content": ["application/problem+json": ["schema": ["$ref": "#/components/schemas/Problem"]]],
    ]
  }

  /// Why a request is answered so, for people.
  static func meaning(_ status: HTTPResponse.Status) -> String {
    switch status {
    case .notModified: "The answer is still the one whose ETag If-None-Match named."
    case .badRequest: "A parameter or the body is not as it should be; `field` and `detail` say which and how."
    case .unauthorized: "This needs to know who asks, and the request does not prove it."
    case .forbidden: "This is not for the one who asks."
    case .notFound: "There is no such thing."
    case .conflict: "It exists already, or is not in a state that allows this."
    case .contentTooLarge: "The body has too many bytes."
    case .uriTooLong: "The query has too many bytes."
    case .unsupportedMediaType: "The body must be application/json."
    case .tooManyRequests: "More was asked for than is granted; Retry-After says when to come back."
    case .internalServerError: "Something went wrong in the gateway or behind it."
    case .notImplemented: "A service behind the gateway does not offer this."
    case .serviceUnavailable: "A service that is needed is away; Retry-After says when to come back."
    case .gatewayTimeout: "A service that is needed did not answer in time."
    default: status.reasonPhrase
    }
  }

  // MARK: Header fields

  private static let fields: [(name: String, text: String, isAlways: Bool, example: String)] = [
    ("X-Request-Id", "The request's id, the client's own if it sent one.", true, "5b3f0c2e9d7a4186"),
    ("Cache-Control", "Who may store the answer, and how long.", true, "public, max-age=10"),
    ("ETag", "Names this very answer; If-None-Match spares it.", true, "\"8c1f\""),
    ("Age", "Seconds since the answer was made.", true, "3"),
    ("Cache-Status", "How the gateway's cache came by the answer (RFC 9211).", true, "fiyatradari; hit"),
    ("RateLimit", "What is left of the limit; absent for those without one.", false, "\"api\";r=19;t=1"),
    ("RateLimit-Policy", "What the limit grants; absent for those without one.", false, "\"api\";q=20;w=2"),
    ("Location", "Where to go on.", true, "https://shop.example/p/1"),
    ("Retry-After", "Seconds after which another try is welcome.", false, "1"),
    ("WWW-Authenticate", "How to prove who one is.", true, "Bearer realm=\"fiyatradari\""),
  ]

  static var allHeaders: JSONTree {
    .object(
      fields.map { field in
        (
          field.name,
          [
            "description": .string(field.text), "required": .bool(field.isAlways), "schema": ["type": "string"],
            "example": .string(field.example),
          ]
        )
      })
  }

  static func headers(_ names: [String]) -> JSONTree {
    .object(names.map { ($0, ["$ref": .string("#/components/headers/\($0)")]) })
  }

  // MARK: The problem itself

  static let schema: JSONTree = [
    "type": "object", "description": "Why a request was not served (RFC 9457).",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": [
      "type": ["type": "string", "format": "uri-reference", "description": "Always about:blank: see code."],
      "title": ["type": "string", "description": "The status in words."],
      "status": ["type": "integer", "minimum": 400, "maximum": 599],
      "detail": ["type": "string", "description": "What is wrong and what was expected."],
      "code": [
        "type": "string", "description": "A stable word for programs.", "pattern": "^[a-z_]+$",
        "examples": ["invalid_parameter", "not_found", "too_many_requests"],
      ],
      "field": ["type": "string", "description": "The parameter, or the path to the body's member, that is at fault."],
      "requestId": ["type": "string", "description": "As X-Request-Id."],
    ],
    "example": [
      "type": "about:blank", "title": "Bad Request", "status": 400,
      "detail": "limit: expected a whole number from 1 to 200", "code": "invalid_parameter", "field": "limit",
      "requestId": "5b3f0c2e9d7a4186",
    ],
  ]
}
