internal import HTTPTypes
internal import ProtobufBridge

/// What the bodies of account routes hold, checked.
enum AccountInput {
  /// - Throws: `Problem` 400 that names the field.
  static func address(_ text: String) throws -> EmailAddress {
    guard let address = EmailAddress(text) else { throw invalid("email", EmailAddress.expectation) }
    return address
  }

  /// A password that is to become one.
  /// - Throws: `Problem` 400 that names the field.
  static func newPassword(_ text: String, of address: EmailAddress?) throws -> String {
    if let fault = PasswordPolicy.fault(in: text, of: address) { throw invalid("password", fault) }
    return text
  }

  /// A password that is compared with one. Longer ones than any can be are not worth a hash.
  /// - Throws: `Problem` 400 that names the field.
  static func password(_ text: String, field: String = "password") throws -> String {
    guard !text.isEmpty, text.utf8.count <= PasswordPolicy.maximumBytes else {
      throw invalid(field, "expected a password")
    }
    return text
  }

  /// - Throws: `Problem` 400 that names the field.
  static func language(_ text: String) throws -> String {
    guard ["", "tr", "en"].contains(text) else { throw invalid("language", "expected tr or en") }
    return text.isEmpty ? "tr" : text
  }

  /// - Throws: `Problem` 400 that names the field.
  static func token(_ text: String, _ kind: SecretToken.Kind) throws -> SecretToken {
    guard let token = SecretToken(text, kind) else { throw expired }
    return token
  }

  /// The same for tokens that never were, that were used, and that are too old.
  static let expired = invalid("token", "is not valid, or not any more; ask for another mail")

  static func invalid(_ field: String, _ detail: String) -> Problem {
    Problem(.badRequest, .invalidBody, "\(field): \(detail)", field: field)
  }
}

extension GatewayRequest {
  /// The body as a message, of which a client may set these members.
  ///
  /// - Throws: `Problem` that names the field.
  func message<Message: ProtobufMessage>(
    _ type: Message.Type, _ allowed: [String]
  ) async throws -> (message: Message, members: [String]) {
    let body = try await jsonBody(limit: 16 << 10)
    let members = try BodyFields.check(body, allowed: allowed)
    return (try GatewayJSON.read(type, from: body), members)
  }

  /// Where a list goes on: the id that the part before ended with.
  ///
  /// - Throws: `Problem` 400 that names the parameter.
  func pageStart() throws -> (before: Int64?, limit: Int) {
    let limit = try value(CommonParameters.limit) ?? 20
    guard let token = try value(CommonParameters.pageToken) else { return (nil, limit) }
    guard token.hasPrefix("b"), let id = Int64(token.dropFirst()), id > 0 else {
      throw Problem.invalid("page_token", "is not one of this list")
    }
    return (id, limit)
  }
}

extension Array {
  /// The part of a list that was asked for, of one element more, and the token of the next part.
  func page(_ limit: Int, _ id: (Element) -> Int64) -> (elements: ArraySlice<Element>, next: String) {
    let part = prefix(limit)
    return (part, count > limit ? part.last.map { "b\(id($0))" } ?? "" : "")
  }
}
