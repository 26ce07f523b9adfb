/// Sends signed JSON to webhooks.
struct WebhookSender: ChannelSender {
  let poster: any HTTPPoster
  let secrets: Secrets
  let clock: @Sendable () -> UnixTime
  let kind = ChannelKind.webhook
  let limits = SendPlan.Limits(interval: .zero, burst: 1, addressInterval: .zero)
  let concurrency = 64

  private static let timeout = Duration.seconds(10)
  private static let longestPause = 3600

  init(poster: any HTTPPoster, secrets: Secrets, clock: @escaping @Sendable () -> UnixTime = { .now() }) {
    self.poster = poster
    self.secrets = secrets
    self.clock = clock
  }

  func send(_ message: OutgoingMessage) async -> SendOutcome {
    do {
      guard let sealed = message.sealedSecret else {
        return .refused("the webhook has no signing key: register it again")
      }
      let key = try secrets.openSigningKey(sealed, subscriber: message.subscriber, address: message.address)
      let body = Array(message.body.utf8)
      let timestamp = clock().seconds
      let answer = try await poster.post(
        HTTPPost(
          url: message.address,
          headers: [
            ("content-type", "application/json"), ("idempotency-key", message.idempotencyKey),
            (WebhookSignature.timestampField, String(timestamp)),
            (WebhookSignature.signatureField, try WebhookSignature.make(timestamp: timestamp, body: body, key: key)),
          ], body: body, timeout: Self.timeout, ignoresBody: true))
      return Self.outcome(answer.status, retryAfter: answer.retryAfter)
    } catch let failure as HTTPFailure {
      return failure.isPermanent ? .refused(failure.message) : .failed(failure.message)
    } catch is CancellationError {
      return .failed("sending was broken off")
    } catch {
      return .failed("the signing key cannot be opened: is an old key missing from SECRET_KEYS?")
    }
  }

  static func outcome(_ status: Int, retryAfter: Int?) -> SendOutcome {
    let text = "the webhook answered with status \(status)"
    switch status {
    case 200..<300: return .accepted
    case 410: return .channelGone(text)
    case 429, 503:
      guard let retryAfter else { return .failed(text) }
      return .slowDown(.seconds(min(max(1, retryAfter), longestPause)))
    case 408, 425, 500...: return .failed(text)
    default: return .refused(text)
    }
  }
}
