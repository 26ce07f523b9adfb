internal import OutboundHTTP
internal import PostgresClient
internal import ServiceKit
internal import Sodium
internal import Telemetry

/// What sends.
struct NotifierParts: Sendable {
  let policy: AddressPolicy
  let outbound: OutboundClient
  let secrets: Secrets
  let deliveries: DeliveryStore
  let workers: [DeliveryWorker]
  let telegram: TelegramAPI?
  let mail: SMTPClient?

  init(_ settings: NotifierSettings, _ runtime: ServiceRuntime, _ pool: PostgresPool) throws {
    do {
      policy = try AddressPolicy(allowing: settings.outboundAllow)
    } catch {
      throw ServiceError(.configuration, "OUTBOUND_ALLOW: \(error.message)", cause: error)
    }
    do {
      secrets = try Secrets(hexadecimalKeys: settings.secretKeys)
    } catch {
      throw ServiceError(.configuration, "SECRET_KEYS: \(error.message)", cause: error)
    }
    var configuration = OutboundConfiguration()
    configuration.addressPolicy = policy
    configuration.maxConnectionsPerHost = 40
    outbound = try OutboundClient(configuration: configuration, group: runtime.group, logger: runtime.logger)
    deliveries = DeliveryStore(pool: pool)
    let poster = OutboundPoster(client: outbound)
    telegram = settings.telegramToken.map { TelegramAPI(base: settings.telegramURL, token: $0, poster: poster) }
    var senders: [any ChannelSender] = [WebhookSender(poster: poster, secrets: secrets)]
    if let telegram { senders.append(TelegramSender(api: telegram, messagesPerSecond: settings.telegramRate)) }
    let mail = try settings.mail.sender(
      lease: settings.lease, secrets: secrets, publicAddress: settings.publicURL, group: runtime.group)
    self.mail = mail?.client
    if let mail { senders.append(mail) }
    workers = senders.map { [deliveries, secrets] sender in
      var retries = RetrySchedule(maximumFailures: settings.attempts)
      if sender.kind == .email { retries.firstPause = MailSender.firstPause }
      return DeliveryWorker(
        sender: sender, store: deliveries, retries: retries, secrets: secrets, logger: runtime.logger,
        lease: settings.lease, tracer: runtime.telemetry.tracer)
    }
  }

  /// Ends what is connected to servers outside.
  func shutdown() async {
    await mail?.shutdown()
    await outbound.shutdown()
  }
}
