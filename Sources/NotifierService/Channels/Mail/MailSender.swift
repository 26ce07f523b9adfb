/// Sends mails to channels of the kind EMAIL, and to owners of accounts.
struct MailSender: ChannelSender {
  let client: SMTPClient
  let from: MailSenderName
  let secrets: Secrets
  /// Where the gateway is reached from outside; nil: mails hold no link to it.
  let publicAddress: String?
  let limits: SendPlan.Limits
  let kind = ChannelKind.email
  /// As many connections there are at most.
  let concurrency = 4

  private let timeout: Duration
  private let clock: @Sendable () -> UnixTime

  /// Mail servers that ask to come back later mean minutes: five seconds, ten, twenty … an hour, almost two hours in all
  /// with twelve attempts.
  static let firstPause = Duration.seconds(5)

  /// - Parameters:
  ///   - mailsPerSecond: to the server, all recipients together.
  ///   - timeout: for a mail, connecting included; shorter than a delivery's lease.
  init(
    client: SMTPClient, from: MailSenderName, secrets: Secrets, publicAddress: String?, mailsPerSecond: Int,
    timeout: Duration, clock: @escaping @Sendable () -> UnixTime = { .now() }
  ) {
    self.client = client
    self.from = from
    self.secrets = secrets
    self.publicAddress = publicAddress
    self.timeout = timeout
    self.clock = clock
    limits = SendPlan.Limits(
      interval: .seconds(1) / mailsPerSecond, burst: 2, addressInterval: .seconds(1))
  }

  func send(_ message: OutgoingMessage) async -> SendOutcome {
    guard let to = MailAddress(message.address) else { return .refused("the address is none that mail can be sent to") }
    let mail = MailMessage(
      from: from, to: to, content: MailContent(queued: message.body), key: message.idempotencyKey, date: clock(),
      unsubscribe: unsubscribe(message))
    return await client.send(.init(from: from.address, to: to, message: mail.bytes), within: timeout)
  }

  private func unsubscribe(_ message: OutgoingMessage) -> MailMessage.Unsubscribe? {
    guard message.purpose == .alert || message.purpose == .digest else { return nil }
    // A library that has become unavailable makes no link; the address is left.
    let token = try? secrets.unsubscribeToken(channel: message.channel, address: message.address)
    let link = publicAddress.flatMap { address in token.map { address + "/unsubscribe?token=" + $0 } }
    return MailMessage.Unsubscribe(channel: message.channel, link: link.flatMap { $0.isWebAddress ? $0 : nil })
  }
}
