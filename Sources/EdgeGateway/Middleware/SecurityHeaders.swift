internal import HTTPTransport
internal import HTTPTypes

/// Header fields that keep browsers from doing with a response what it is not meant for.
package struct SecurityHeaders: Middleware {
  /// For everything that is no page: nothing in it may run or load anything.
  static let closedPolicy = "default-src 'none'; frame-ancestors 'none'"

  package init() {}

  package func respond(to request: GatewayRequest, next: Next) async throws -> GatewayResponse {
    var response = try await next(request)
    Self.apply(to: &response.fields)
    if request.connection.isSecure { response.fields[.strictTransportSecurity] = Self.strictTransport }
    return response
  }

  static let strictTransport = "max-age=31536000; includeSubDomains"

  /// Those that do not depend on the connection.
  static func apply(to fields: inout HTTPFields) {
    // What the cache has made has them already.
    if !fields.contains(.xContentTypeOptions) { fields[.xContentTypeOptions] = "nosniff" }
    if !fields.contains(.contentSecurityPolicy) { fields[.contentSecurityPolicy] = closedPolicy }
    if !fields.contains(.referrerPolicy) { fields[.referrerPolicy] = "no-referrer" }
  }
}

extension HTTPField.Name {
  static let referrerPolicy = HTTPField.Name("Referrer-Policy") ?? .xContentTypeOptions
  static let requestID = HTTPField.Name("X-Request-Id") ?? .xContentTypeOptions
}
