/// Sends messages of one kind of channel. A kind is added by one more of these.
protocol ChannelSender: Sendable {
  var kind: ChannelKind { get }
  var limits: SendPlan.Limits { get }
  /// Messages under way at a time, in this process.
  var concurrency: Int { get }

  /// Sends one message and tells what became of it. Returns within `timeout` of its own.
  func send(_ message: OutgoingMessage) async -> SendOutcome
}

/// A delivery that a sender has taken.
struct OutgoingMessage: Sendable {
  var id: Int64
  /// Which taking this is. Only the newest may write what became of it.
  var attempt: Int32
  var failures: Int32
  var channel: Int64
  var subscriber: String
  var address: String
  /// HTML for Telegram, JSON for webhooks, `MailContent` for e-mail.
  var body: String
  var idempotencyKey: String
  /// A webhook's signing key, sealed.
  var sealedSecret: [UInt8]?
  var createdAt: UnixTime
  var purpose: NewDelivery.Purpose
  /// Not sent any more from then on.
  var expiresAt: UnixTime?

  /// Whether `body` is sealed, for it holds a code or a secret link.
  var isSealed: Bool { purpose == .verification || purpose == .accountMail }
}

/// What the other side made of a message. Texts are for people and hold no secrets.
enum SendOutcome: Sendable, Equatable {
  case accepted
  /// Asked to wait. Counts as no failure.
  case slowDown(Duration)
  /// May succeed when it is tried again.
  case failed(String)
  /// Will not succeed.
  case refused(String)
  /// Neither this nor any other message will reach the channel.
  case channelGone(String)
  /// Its time was over before it could be sent.
  case expired
}
