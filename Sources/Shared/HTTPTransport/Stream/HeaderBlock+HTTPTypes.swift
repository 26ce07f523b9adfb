package import HTTPTypes

extension HeaderBlock {
  /// A response's head: `:status`, then its fields.
  package init(_ response: HTTPResponse) {
    self.init()
    reserveCapacity(fields: response.headerFields.count + 1, bytes: 256)
    append(":status", String(response.status.code))
    append(response.headerFields)
  }

  /// A request's head: its pseudo-header fields, then the others.
  package init(_ request: HTTPRequest) {
    self.init()
    reserveCapacity(fields: request.headerFields.count + 4, bytes: 256)
    append(":method", request.method.rawValue)
    append(":scheme", request.scheme ?? "https")
    if let authority = request.authority { append(":authority", authority) }
    append(":path", request.path ?? "/")
    append(request.headerFields)
  }

  /// Trailers.
  package init(_ fields: HTTPFields) {
    self.init()
    append(fields)
  }

  private mutating func append(_ fields: HTTPFields) {
    for field in fields {
      append(field.name.canonicalName, field.value, isSensitive: field.indexingStrategy == .disallow)
    }
  }

  /// The fields without the pseudo-header fields. A name that is not a token (RFC 9110 §5.6.2) is left out.
  package var httpFields: HTTPFields {
    var fields = HTTPFields()
    fields.reserveCapacity(count)
    for index in 0..<count where !isPseudo(at: index) {
      guard let name = HTTPField.Name(name(at: index)) else { continue }
      var field = HTTPField(name: name, value: value(at: index))
      if isSensitive(at: index) { field.indexingStrategy = .disallow }
      fields.append(field)
    }
    return fields
  }
}

extension HTTPRequest {
  /// The request that a head describes. Nil without a method that is a token.
  package init?(_ head: HeaderBlock) {
    guard let method = head[":method"].flatMap({ HTTPRequest.Method($0) }) else { return nil }
    self.init(
      method: method, scheme: head[":scheme"], authority: head[":authority"], path: head[":path"],
      headerFields: head.httpFields)
  }
}

extension HTTPResponse {
  /// The response that a head describes. Nil without a status of three digits.
  package init?(_ head: HeaderBlock) {
    guard let code = head[":status"].flatMap({ Int($0) }), (100...999).contains(code) else { return nil }
    self.init(status: .init(code: code), headerFields: head.httpFields)
  }
}
