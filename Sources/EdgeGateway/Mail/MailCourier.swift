internal import CoreMetrics
internal import EventLog
internal import EventLogRPC
internal import Logging
internal import MeshMessages
internal import MeshRPC
internal import PostgresClient
internal import ProtobufBridge
internal import ServiceKit

/// Hands mails to the notifier, until it has taken them. The row's id names the wish, so that one which is handed over
/// twice is sent once.
struct MailCourier: Sendable {
  let outbox: MailOutbox
  let notifier: NotifierV1.NotifierService.Client
  /// Where links lead, without a slash at the end.
  let publicURL: String
  let timeout: Duration
  let logger: Logger
  private let metrics = AccountMetrics()

  init(
    outbox: MailOutbox, notifier: NotifierV1.NotifierService.Client, publicURL: String, timeout: Duration,
    logger: Logger
  ) {
    self.outbox = outbox
    self.notifier = notifier
    self.publicURL = publicURL
    self.timeout = timeout
    self.logger = logger
  }

  private static let batch = 16
  /// How long a mail waits at most that another gateway wrote and could not hand over.
  private static let pause = Duration.seconds(15)

  /// - Parameter wake: says that there is something new.
  func run(_ wake: WakeSignal) async throws {
    while true {
      let seen = wake.generation
      if try await handOver() < Self.batch { try await wake.wait(after: seen, timeout: Self.pause) }
    }
  }

  /// Hands over what is due.
  /// - Returns: how many were.
  @discardableResult
  func handOver() async throws -> Int {
    let due = try await outbox.take(limit: Self.batch)
    for mail in due {
      guard let recipient = mail.recipient else {
        try await outbox.remove(mail.id)
        continue
      }
      if mail.expiresAt <= .now() {
        metrics.expired.increment()
        logger.warning("a mail expired before the notifier took it", metadata: ["mail": "\(mail.id)"])
        try await outbox.remove(mail.id)
        continue
      }
      do {
        _ = try await notifier.sendMail(try request(mail, recipient), options: CallOptions(timeout: timeout))
        metrics.handedOver.increment()
        try await outbox.remove(mail.id)
      } catch let error as RPCError {
        if Task.isCancelled { throw CancellationError() }
        // Its turn comes again.
        metrics.failed.increment()
        logger.log(
          level: mail.attempts == 1 ? .warning : .debug, "the notifier did not take a mail",
          metadata: ["mail": "\(mail.id)", "attempts": "\(mail.attempts)", "error": "\(error)"])
      }
    }
    return due.count
  }

  private func request(_ mail: MailOutbox.Due, _ recipient: String) throws -> NotifierV1.SendMailRequest {
    let token = try mail.sealedToken.map { try outbox.secrets.open($0, mail: mail.id, to: recipient) }
    return NotifierV1.SendMailRequest(
      idempotencyKey: "edge-\(mail.id)", to: recipient, mail: mail.mail, link: Self.link(mail.mail, token, publicURL),
      language: mail.language, expiresAt: GoogleProtobuf.Timestamp(mail.expiresAt))
  }

  /// The token stands in the query, so that the page works without a script. It is good once and for hours only, reading
  /// the page does not use it up, no page of ours tells others its address, and no log of ours has queries.
  static func link(_ mail: NotifierV1.AccountMail, _ token: String?, _ publicURL: String) -> String {
    let path = mail == .verifyAddress ? "/account/verify" : "/account/reset"
    return publicURL + path + (token.map { "?token=" + $0 } ?? "")
  }
}
