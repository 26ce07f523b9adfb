package import HTTPTransport
package import HTTPTypes
internal import NIOCore

/// A request on its way through the middlewares to its route.
package struct GatewayRequest: Sendable {
  package var head: HTTPRequest
  package let known: KnownRoute
  package var route: Route { known.route }
  /// The path's values, in the order of the route's pattern, percent-decoded.
  package let pathValues: [String]
  package var query: QueryItems
  package let connection: HTTPConnectionInfo
  /// Where it comes from.
  package let client: Client
  /// Who asks, once authentication has found out.
  package var principal: Principal?
  /// Whether it bears an API key that is none.
  var hasWrongKey = false
  /// What was sent, of a route that takes a form.
  package var form = FormFields()
  /// The file that was sent, of a route that takes one.
  var file: UploadedFile?
  /// Where a route adds what the audit log shall say of its act.
  var audit: AuditNote?
  /// What the client wants to speak instead of HTTP/1.1 (RFC 9110 §7.8), in lower case.
  package var requestedUpgrade: String?
  private let body: HTTPRequestBody?

  package init(
    head: HTTPRequest, known: KnownRoute, pathValues: [String], query: QueryItems, connection: HTTPConnectionInfo,
    client: Client? = nil, body: HTTPRequestBody?
  ) {
    self.head = head
    self.known = known
    self.pathValues = pathValues
    self.query = query
    self.connection = connection
    self.client = client ?? .local
    self.body = body
  }

  /// Whether its method changes nothing (RFC 9110 §9.2.1).
  var isRead: Bool { [.get, .head, .options].contains(head.method) }

  /// Whether a person looks at a page without showing anything: that is no guess at a token.
  var isVisit: Bool {
    route.isPage && isRead && head.headerFields[.cookie] == nil && head.headerFields[.authorization] == nil
  }

  /// The text of a parameter as it was given.
  func text(of parameter: ParameterDeclaration) -> String? {
    switch parameter.place {
    case .path: known.pathNames.firstIndex(of: parameter.name).map { pathValues[$0] }
    case .query: query[parameter.name]
    case .header: HTTPField.Name(parameter.name).flatMap { head.headerFields.value(of: $0) }
    }
  }

  /// The value of a parameter, nil when it was not given.
  ///
  /// - Throws: `Problem` that names it.
  package func value<Value>(_ parameter: Parameter<Value>) throws -> Value? {
    guard let text = text(of: parameter.declaration) else { return nil }
    guard let value = parameter.parse(text) else {
      throw Problem.invalid(parameter.declaration.name, parameter.declaration.expected)
    }
    return value
  }

  /// The value of a parameter that must be given.
  ///
  /// - Throws: `Problem` that names it.
  package func required<Value>(_ parameter: Parameter<Value>) throws -> Value {
    guard let value = try value(parameter) else {
      throw Problem.invalid(parameter.declaration.name, "is missing: \(parameter.declaration.expected)")
    }
    return value
  }

  /// The bytes of a JSON body.
  ///
  /// - Throws: `Problem` 415 for another type, 413 for too many bytes, 400 for none.
  package func jsonBody(limit: Int = 64 << 10) async throws -> [UInt8] {
    let type = (head.headerFields[.contentType] ?? "").prefix { $0 != ";" }.lowercased()
    guard type == "application/json" || type == "application/json " else {
      throw Problem(.unsupportedMediaType, .unsupportedMediaType, "the body must be application/json")
    }
    let bytes = try await collect(limit)
    guard bytes.readableBytes > 0 else {
      throw Problem(.badRequest, .invalidBody, "the request needs a JSON body")
    }
    return Array(bytes.readableBytesView)
  }

  /// Reads the body of a form.
  ///
  /// - Throws: `Problem` 415 for another type, 413 for too many bytes, 400 that names a field.
  func formBody(once: [String], many: [String]) async throws -> FormFields {
    let type = (head.headerFields[.contentType] ?? "").prefix { $0 != ";" && $0 != " " }.lowercased()
    guard type == "application/x-www-form-urlencoded" else {
      throw Problem(
        .unsupportedMediaType, .unsupportedMediaType, "the body must be application/x-www-form-urlencoded")
    }
    return try FormFields(try await collect(FormFields.maximumBytes).readableBytesView, once: once, many: many)
  }

  /// Reads the body of a form with a file.
  ///
  /// - Parameter limit: bytes of the file.
  /// - Throws: `Problem` 415 for another type, 413 for too many bytes, 400 that names a field.
  func uploadBody(_ fields: [String], file: String, limit: Int) async throws -> (FormFields, UploadedFile?) {
    guard let boundary = MultipartForm.boundary(of: head.headerFields[.contentType] ?? "") else {
      throw Problem(.unsupportedMediaType, .unsupportedMediaType, "the body must be multipart/form-data")
    }
    let bytes = try await collect(limit + FormFields.maximumBytes)
    let form = try MultipartForm(Array(bytes.readableBytesView), boundary: boundary, fileField: file)
    return (try FormFields(form.fields, once: fields), form.file)
  }

  private func collect(_ limit: Int) async throws -> ByteBuffer {
    do {
      return try await body?.collect(upTo: limit) ?? ByteBuffer()
    } catch let error as HTTPTransportError where error.code == .bodyTooLarge {
      throw Problem(.contentTooLarge, .bodyTooLarge, "the body has more than \(limit) bytes")
    }
  }

  /// Whose things are asked for.
  ///
  /// - Throws: `Problem` 401; authentication has let nobody else through.
  package func subscriber() throws -> String {
    guard let principal, let subscriber = principal.subscriber else { throw Problem.unauthenticated }
    return subscriber
  }

  /// The account that is signed in, and its session.
  ///
  /// - Throws: `Problem` 401; admission has let nobody else through.
  func signedIn() throws -> (account: Int64, session: Int64) {
    guard let principal, let account = principal.account, let session = principal.session else {
      throw Problem.unauthenticated
    }
    return (account, session)
  }
}
