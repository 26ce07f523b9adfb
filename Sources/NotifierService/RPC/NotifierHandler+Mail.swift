internal import Logging
internal import MeshMessages
internal import MeshRPC
internal import ProtobufBridge

extension NotifierHandler {
  func sendMail(
    _ request: NotifierV1.SendMailRequest, context: ServerContext
  ) async throws -> NotifierV1.SendMailResponse {
    guard kinds.contains(.email) else {
      throw RPCError(code: .failedPrecondition, message: "this notifier has no mail server (SMTP_URL)")
    }
    try await deliveries.queueMail(try AccountMailRequest.delivery(request, now: .now(), secrets: secrets))
    return NotifierV1.SendMailResponse()
  }

  func unsubscribe(
    _ request: NotifierV1.UnsubscribeRequest, context: ServerContext
  ) async throws -> NotifierV1.UnsubscribeResponse {
    let token = request.token
    // 19 digits, a dash and 32 digits at most.
    guard token.utf8.count <= 52, let id = token.split(separator: "-").first.flatMap({ Int64($0) }), id > 0,
      try await channels.unsubscribe(
        id, isRight: { [secrets] in secrets.isUnsubscribeToken(token, channel: id, address: $0) })
    else { throw RPCError(code: .notFound, message: "token: is not that of a mailbox") }
    logger.info("a mailbox was unsubscribed", metadata: ["channel": "\(id)"])
    return NotifierV1.UnsubscribeResponse()
  }
}

/// A wish for a mail to an account's owner, checked and written. Its body is sealed, and its text does not show the link.
enum AccountMailRequest {
  /// Until when a mail that says nothing else is of use.
  private static let lifetime = Duration.days(1)
  private static let longestLifetime = Duration.days(30)

  static func delivery(
    _ request: NotifierV1.SendMailRequest, now: UnixTime, secrets: Secrets
  ) throws -> NewDelivery {
    let key = request.idempotencyKey
    guard (1...100).contains(key.unicodeScalars.count) else {
      throw RPCError.field("idempotency_key", "expected 1 to 100 characters")
    }
    guard let to = MailAddress(request.to) else { throw RPCError.field("to", MailAddress.expectation) }
    guard request.link.isWebAddress else {
      throw RPCError.field("link", "expected an http or https address of at most 2,048 characters")
    }
    guard let language = Language(rawValue: request.language.isEmpty ? "tr" : request.language) else {
      throw RPCError.field("language", "expected tr or en, or nothing for tr")
    }
    let expires = request.expiresAt?.unixTime ?? now + lifetime
    guard expires > now, expires <= now + longestLifetime else {
      throw RPCError.field("expires_at", "expected a time to come, within 30 days")
    }
    let message = try message(request.mail)
    var delivery = NewDelivery(
      channel: 0, subscriber: subscriber(to), kind: .email, purpose: .accountMail,
      text: message.content(language, link: "********").text,
      body: try secrets.sealMail(message.content(language, link: request.link).body, key: key, to: to.text),
      idempotencyKey: key)
    delivery.address = to.text
    delivery.expires = expires
    return delivery
  }

  /// By which operators find it: no subscriber of the gateway's has a colon in its name.
  private static func subscriber(_ address: MailAddress) -> String { String("mail:\(address.text)".prefix(100)) }

  private static func message(_ mail: NotifierV1.AccountMail) throws(RPCError) -> AccountMailMessage {
    switch mail {
    case .verifyAddress: .verifyAddress
    case .resetPassword: .resetPassword
    case .addressInUse: .addressInUse
    case .passwordChanged: .passwordChanged
    default: throw .field("mail", "expected VERIFY_ADDRESS, RESET_PASSWORD, ADDRESS_IN_USE or PASSWORD_CHANGED")
    }
  }
}
