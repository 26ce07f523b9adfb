internal import ServiceKit

/// The service's own settings, read once into types.
struct NotifierSettings: Sendable {
  static let declared: [Setting] = [
    Setting(
      "SECRET_KEYS", .list(maximumCount: 8), isRequired: true, isSecret: true,
      help: "Keys that seal secrets in the database, 64 hexadecimal digits each (openssl rand -hex 32).\n"
        + "The first one seals, all open: to change it, put the new one first and keep the old one."),
    .secret("TELEGRAM_TOKEN", help: "The bot's token. Without it there are no Telegram channels."),
    .string(
      "TELEGRAM_URL", default: "https://api.telegram.org", help: "Where Telegram's Bot API is."),
    .integer(
      "TELEGRAM_RATE", default: 28, in: 1...1000,
      help: "Messages a second at most, all chats and processes together. Telegram allows about 30."),
    .boolean("TELEGRAM_BOT", default: true, help: "Whether this process answers what people write to the bot."),
    .string(
      "SMTP_URL",
      help: "The mail server: smtp://USER@HOST:587 (STARTTLS) or smtps://USER@HOST:465. Unset: no e-mail is sent."),
    .secret("SMTP_PASSWORD", help: "The user's password there; goes with a user in SMTP_URL."),
    .choice(
      "SMTP_TLS", of: ["required", "none"], default: "required",
      help: "none: smtp:// goes without STARTTLS, and without a password; for a relay on this machine."),
    .string("SMTP_CA_FILE", help: "PEM file of the authorities to trust for the mail server. Unset: the system's."),
    .string(
      "MAIL_FROM", maximumBytes: 400,
      help: "Whom mail is from: radar@example.com or Fiyatradari <radar@example.com>. Goes with SMTP_URL."),
    .integer(
      "MAIL_RATE", default: 10, in: 1...1000,
      help: "Mails a second at most, all recipients and processes together."),
    .string(
      "PUBLIC_URL",
      help: "Where the gateway is reached from outside; links in messages then go through it.\n"
        + "Unset: links go to the shops."),
    .string(
      "OUTBOUND_ALLOW",
      help: "Addresses that may be called though they are not public: 127.0.0.0/8, [fd00::1]:80, simulator:7700."),
    .list(
      "TRACK_SHOPS", maximumCount: 1000,
      help: "Shops whose pages the bot may track: HOST[:PORT]=SHOP,CURRENCY,PATH with {id} in PATH, such as\n"
        + "www.shop.example=shop,TRY,/p/{id}"),
    .integer("MAX_CHANNELS", default: 20, in: 1...1000, help: "Channels of one subscriber."),
    .integer("MAX_ALERTS", default: 500, in: 1...100_000, help: "Alerts of one subscriber."),
    .integer("DELIVERY_ATTEMPTS", default: 12, in: 1...100, help: "Failures until a message is parked."),
    .duration(
      "DELIVERY_LEASE", default: DeliveryWorker.usualLease, in: .seconds(12)...(.seconds(3600)),
      help: "How long a message is its sender's; one whose sender was lost is sent by another after that.\n"
        + "A database that is away for longer makes messages come twice."),
    .duration(
      "DELIVERY_RETENTION", default: .seconds(90 * 86_400), in: .seconds(3600)...(.seconds(3650 * 86_400)),
      help: "How long messages that were sent are kept."),
    .pricingAddress, .catalogAddress,
  ]

  let secretKeys: [String]
  let telegramToken: String?
  let telegramURL: String
  let telegramRate: Int
  let answersBot: Bool
  let mail: MailSettings
  let publicURL: String?
  let outboundAllow: String
  let shops: [String]
  let limits: NotifierLimits
  let attempts: Int
  let lease: Duration
  let retention: Duration

  init(_ settings: Settings) {
    secretKeys = settings.list("SECRET_KEYS")
    telegramToken = settings.optionalSecret("TELEGRAM_TOKEN").map(\.revealed)
    telegramURL = Self.withoutSlash(settings.string("TELEGRAM_URL"))
    telegramRate = settings.int("TELEGRAM_RATE")
    answersBot = settings.bool("TELEGRAM_BOT")
    mail = MailSettings(
      url: settings.optionalString("SMTP_URL"), password: settings.optionalSecret("SMTP_PASSWORD").map(\.revealed),
      isClear: settings.string("SMTP_TLS") == "none", authoritiesFile: settings.optionalString("SMTP_CA_FILE"),
      from: settings.optionalString("MAIL_FROM"), rate: settings.int("MAIL_RATE"))
    publicURL = settings.optionalString("PUBLIC_URL").map(Self.withoutSlash)
    outboundAllow = settings.optionalString("OUTBOUND_ALLOW") ?? ""
    shops = settings.list("TRACK_SHOPS")
    limits = NotifierLimits(channels: settings.int("MAX_CHANNELS"), alerts: settings.int("MAX_ALERTS"))
    attempts = settings.int("DELIVERY_ATTEMPTS")
    lease = settings.duration("DELIVERY_LEASE")
    retention = settings.duration("DELIVERY_RETENTION")
  }

  private static func withoutSlash(_ url: String) -> String { url.hasSuffix("/") ? String(url.dropLast()) : url }
}
