internal import NIOCore
internal import ServiceKit

/// What settings say of e-mail, as they are written.
struct MailSettings: Sendable {
  var url: String?
  var password: String?
  var isClear: Bool
  var authoritiesFile: String?
  var from: String?
  var rate: Int

  /// Nil where no mail server is named.
  ///
  /// - Parameters:
  ///   - lease: how long a mail is its sender's.
  ///   - publicAddress: where the gateway is reached from outside.
  /// - Throws: `ServiceError` `.configuration`.
  func sender(
    lease: Duration, secrets: Secrets, publicAddress: String?, group: any EventLoopGroup
  ) throws -> MailSender? {
    guard let url else { return nil }
    guard let from = from.flatMap({ MailSenderName($0) }) else {
      throw ServiceError(
        .configuration, "MAIL_FROM: expected radar@example.com or Fiyatradari <radar@example.com>, with SMTP_URL")
    }
    let server: MailServer
    do {
      server = try MailServer(url: url, password: password, isClear: isClear, authoritiesFile: authoritiesFile)
    } catch {
      throw ServiceError(.configuration, "\(error.setting): \(error.expected)", cause: error)
    }
    // A sixth of the lease is left to record what became of it.
    return MailSender(
      client: try SMTPClient(server, name: from.address.domain, group: group), from: from, secrets: secrets,
      publicAddress: publicAddress, mailsPerSecond: rate, timeout: min(lease * 5 / 6, .seconds(50)))
  }
}
