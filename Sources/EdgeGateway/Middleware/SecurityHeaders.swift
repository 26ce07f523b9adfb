internal import HTTPTransport
internal import HTTPTypes

/// Header fields that keep browsers from doing with a response what it is not meant for.
package struct SecurityHeaders: Middleware {
  /// For everything that is no page: nothing in it may run or load anything.
  static let closedPolicy = "default-src 'none'; frame-ancestors 'none'"

  package init() {}

  package func respond(to request: GatewayRequest, next: Next) async throws -> GatewayResponse {
    var response = try await next(request)
    response.fields[.xContentTypeOptions] = "nosniff"
    if response.fields[.contentSecurityPolicy] == nil { response.fields[.contentSecurityPolicy] = Self.closedPolicy }
    response.fields[.referrerPolicy] = "no-referrer"
    if request.connection.isSecure {
      response.fields[.strictTransportSecurity] = "max-age=31536000; includeSubDomains"
    }
    return response
  }
}

extension HTTPField.Name {
  static let referrerPolicy = HTTPField.Name("Referrer-Policy") ?? .xContentTypeOptions
  static let requestID = HTTPField.Name("X-Request-Id") ?? .xContentTypeOptions
}
