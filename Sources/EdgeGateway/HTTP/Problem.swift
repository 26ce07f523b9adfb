package import HTTPTypes
internal import ProtobufBridge

/// Why a request is not served, as the client sees it: problem details (RFC 9457). Thrown by routes, written in one
/// place. It crosses to strangers, so it holds nothing from inside.
package struct Problem: Error, Sendable, Equatable {
  /// A stable word for programs.
  package struct Code: Hashable, Sendable {
    package let rawValue: String
    package init(_ rawValue: String) { self.rawValue = rawValue }

    package static let invalidParameter = Code("invalid_parameter")
    package static let unknownParameter = Code("unknown_parameter")
    package static let invalidBody = Code("invalid_body")
    package static let invalidRequest = Code("invalid_request")
    package static let notFound = Code("not_found")
    package static let methodNotAllowed = Code("method_not_allowed")
    package static let conflict = Code("conflict")
    package static let unauthenticated = Code("unauthenticated")
    package static let forbidden = Code("forbidden")
    package static let bodyTooLarge = Code("body_too_large")
    package static let queryTooLong = Code("query_too_long")
    package static let unsupportedMediaType = Code("unsupported_media_type")
    package static let tooManyRequests = Code("too_many_requests")
    package static let unavailable = Code("unavailable")
    package static let timeout = Code("timeout")
    package static let notImplemented = Code("not_implemented")
    package static let `internal` = Code("internal")
  }

  package var status: HTTPResponse.Status
  package var code: Code
  /// What is wrong and what was expected.
  package var detail: String
  /// The parameter, or the path to the body's field, that is at fault.
  package var field: String?
  /// Further header fields: `allow`, `retry-after`, `www-authenticate`.
  package var headers: [(name: HTTPField.Name, value: String)] = []

  package init(_ status: HTTPResponse.Status, _ code: Code, _ detail: String, field: String? = nil) {
    self.status = status
    self.code = code
    self.detail = detail
    self.field = field
  }

  package static func == (lhs: Problem, rhs: Problem) -> Bool {
    lhs.status == rhs.status && lhs.code == rhs.code && lhs.detail == rhs.detail && lhs.field == rhs.field
  }

  /// A parameter whose value is not what was expected.
  package static func invalid(_ field: String, _ detail: String) -> Problem {
    Problem(.badRequest, .invalidParameter, "\(field): \(detail)", field: field)
  }

  package static let noSuchPage = Problem(.notFound, .notFound, "there is nothing at this address")

  func with(_ name: HTTPField.Name, _ value: String) -> Problem {
    var problem = self
    problem.headers.append((name, value))
    return problem
  }

  /// The response, `application/problem+json`.
  package func response(requestID: String?) -> GatewayResponse {
    var json = JSONWriter()
    json.beginObject()
    json.name("type")
    json.string("about:blank")
    json.name("title")
    json.string(status.reasonPhrase)
    json.name("status")
    json.integer(status.code)
    json.name("detail")
    json.string(detail)
    json.name("code")
    json.string(code.rawValue)
    if let field {
      json.name("field")
      json.string(field)
    }
    if let requestID {
      json.name("requestId")
      json.string(requestID)
    }
    json.endObject()
    var response = GatewayResponse(status: status, contentType: "application/problem+json", body: json.bytes)
    response.fields[.cacheControl] = "no-store"
    for (name, value) in headers { response.fields[name] = value }
    return response
  }
}
