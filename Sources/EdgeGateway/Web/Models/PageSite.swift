package import ServiceKit

/// What all pages of an installation share: where it is, and from where pictures may come.
package struct PageSite: Sendable {
  /// `https://example.com`, without a slash at the end: for addresses that must be whole, as in feeds and sitemaps. It is
  /// a setting, for the Host field is a stranger's word and pages are kept for everyone.
  let base: String
  /// Origins of pictures besides those of https.
  let imageOrigins: Set<String>
  let features: PageFeatures
  /// The name of the bot, for links to it; nil without.
  let telegramBot: String?

  init(
    base: String, imageOrigins: [String] = [], features: PageFeatures = .current, telegramBot: String? = nil
  ) {
    self.base = base
    self.telegramBot = telegramBot
    self.imageOrigins = Set(imageOrigins)
    self.features = features
  }

  /// - Throws: `ServiceError` `.configuration` that names the setting.
  package init(_ settings: Settings) throws(ServiceError) {
    var base = settings.string("PUBLIC_URL")
    if base.hasSuffix("/") { base.removeLast() }
    guard WebAddress.origin(base) == base else {
      throw ServiceError(.configuration, "PUBLIC_URL: \(base.prefix(100)) is not of the form https://example.com")
    }
    let origins = settings.list("IMAGE_ORIGINS")
    for origin in origins where WebAddress.origin(origin) != origin || origin.contains(where: { ";,'\"*".contains($0) })
    {
      throw ServiceError(
        .configuration, "IMAGE_ORIGINS: \(origin.prefix(100)) is not of the form http://example.com:81")
    }
    let bot = settings.string("TELEGRAM_BOT")
    guard bot.utf8.allSatisfy(Self.isOfBot) else {
      throw ServiceError(.configuration, "TELEGRAM_BOT: \(bot.prefix(100)) is not a bot's name such as fiyatradari_bot")
    }
    self.init(base: base, imageOrigins: origins, telegramBot: bot.isEmpty ? nil : bot)
  }

  /// The address of a picture that a page may show: of https or an allowed origin; nil for others, which the policy below
  /// would keep out.
  func image(_ address: String) -> String? {
    guard let origin = WebAddress.origin(address) else { return nil }
    return origin.hasPrefix("https://") || imageOrigins.contains(origin) ? address : nil
  }

  /// What pages may load and do (Content Security Policy, level 3): nothing inline, nothing of others but pictures.
  var policy: String {
    let images = (["'self'", "https:", "data:"] + imageOrigins.sorted()).joined(separator: " ")
    return "default-src 'none'; img-src \(images); style-src 'self'; script-src 'self'; connect-src 'self'; "
      + "manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
  }

  private static func isOfBot(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
      true
    default: false
    }
  }

  package static let settings: [Setting] = [
    .string(
      "PUBLIC_URL", default: "http://127.0.0.1:8080", maximumBytes: 200,
      help:
        "Where people find the gateway, such as https://example.com: links in mails, feeds, sitemaps and shared pages\n"
        + "begin with it."),
    .string(
      "TELEGRAM_BOT", default: "", maximumBytes: 64,
      help: "The name of the notifier's bot, such as fiyatradari_bot, for links to it. Unset: people look for it."),
    .list(
      "IMAGE_ORIGINS", maximumCount: 32,
      help: "Origins such as http://127.0.0.1:7701 whose pictures pages show besides those of https."),
  ]
}
