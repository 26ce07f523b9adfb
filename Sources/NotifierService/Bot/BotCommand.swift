/// What a person wrote to the bot.
enum BotCommand: Hashable, Sendable {
  /// With the code of a channel that waits for it, or to begin.
  case start(VerificationCode?)
  /// A page, and at or below which price to tell.
  case track(url: String, target: String?)
  case list
  /// One alert, or everything.
  case stop(alert: Int64?)
  case deals
  case help

  /// The most characters that are looked at; Telegram's own limit.
  private static let maximumLength = 4096

  /// Reads a message; nil when it is none of the bot's business.
  init?(_ text: String) {
    let words = text.prefix(Self.maximumLength).split(whereSeparator: \.isWhitespace).map(String.init)
    guard let first = words.first else { return nil }
    guard first.hasPrefix("/") else {
      // A code on its own, as the message that brought it asks for.
      guard words.count == 1, let code = VerificationCode(typed: first) else { return nil }
      self = .start(code)
      return
    }
    // In groups a command names its bot: /list@name.
    let name = first.dropFirst().prefix { $0 != "@" }.lowercased()
    switch name {
    case "start":
      guard words.count > 1 else {
        self = .start(nil)
        return
      }
      guard let code = VerificationCode(typed: words[1]) else {
        self = .help
        return
      }
      self = .start(code)
    case "track":
      guard words.count > 1 else {
        self = .help
        return
      }
      self = .track(url: words[1], target: words.count > 2 ? words[2...].joined(separator: " ") : nil)
    case "list": self = .list
    case "stop":
      guard words.count > 1 else {
        self = .stop(alert: nil)
        return
      }
      guard let id = Int64(words[1]), id > 0 else {
        self = .help
        return
      }
      self = .stop(alert: id)
    case "deals": self = .deals
    default: self = .help
    }
  }
}
