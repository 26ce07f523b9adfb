internal import ServiceKit
internal import Sodium

/// What a deployment says of accounts, read once into types.
struct AccountSettings: Sendable {
  static let declared: [Setting] = [
    Setting(
      "SECRET_KEYS", .list(maximumCount: 8), isRequired: true, isSecret: true,
      help: "Keys that seal secrets in the database, 64 hexadecimal digits each (openssl rand -hex 32).\n"
        + "The first one seals, all open: to change it, put the new one first and keep the old one for two days."),
    .boolean(
      "COOKIE_SECURE", default: true,
      help: "Whether browsers send the session's cookie by TLS only. Off: for clear text on this machine."),
    .integer(
      "PASSWORD_HASH_MEMORY", default: PasswordHasher.defaultMemory >> 20, in: 8...1024,
      help: "MiB that the hash of a password takes (Argon2id)."),
    .integer(
      "PASSWORD_HASH_OPERATIONS", default: PasswordHasher.defaultOperations, in: 1...20,
      help: "Passes over this memory."),
    .integer(
      "PASSWORD_HASHES_AT_ONCE", default: 1, in: 1...2,
      help: "Hashes that this process makes at the same time; others wait for their turn."),
    .duration(
      "SESSION_IDLE", default: .seconds(14 * 86_400), in: .seconds(60)...(.seconds(365 * 86_400)),
      help: "A session ends when it was not used for so long."),
    .duration(
      "SESSION_LIFETIME", default: .seconds(90 * 86_400), in: .seconds(60)...(.seconds(365 * 86_400)),
      help: "A session ends after this time, used or not."),
    .duration(
      "SESSION_ROTATION", default: .seconds(12 * 3600), in: .seconds(1)...(.seconds(365 * 86_400)),
      help: "A cookie gets a new token when it is used after this time."),
  ]

  let secrets: AccountSecrets
  /// Without a slash at its end.
  let publicURL: String
  let hashCost: PasswordHash.Cost
  let hashesAtOnce: Int
  let cookie: SessionCookie
  let lifetimes: SessionLifetimes

  /// - Throws: `ServiceError` `.configuration`.
  init(_ settings: Settings) throws(ServiceError) {
    do {
      secrets = try AccountSecrets(hexadecimalKeys: settings.list("SECRET_KEYS"))
    } catch {
      throw ServiceError(.configuration, "SECRET_KEYS: \(error.message)", cause: error)
    }
    let url = settings.string("PUBLIC_URL")
    guard PublicURL.isUsable(url) else {
      throw ServiceError(.configuration, "PUBLIC_URL is not an http(s) address such as https://fiyat.example")
    }
    publicURL = url.hasSuffix("/") ? String(url.dropLast()) : url
    hashCost = PasswordHash.Cost(
      operations: settings.int("PASSWORD_HASH_OPERATIONS"), memory: settings.int("PASSWORD_HASH_MEMORY") << 20)
    hashesAtOnce = settings.int("PASSWORD_HASHES_AT_ONCE")
    lifetimes = SessionLifetimes(
      idle: settings.duration("SESSION_IDLE"), absolute: settings.duration("SESSION_LIFETIME"),
      rotation: settings.duration("SESSION_ROTATION"))
    cookie = SessionCookie(isSecure: settings.bool("COOKIE_SECURE"), lifetime: lifetimes.absolute)
  }
}

/// How long sessions last.
package struct SessionLifetimes: Sendable {
  /// Without being used.
  package var idle: Duration
  package var absolute: Duration
  /// After it a cookie's token is replaced.
  package var rotation: Duration
  /// The replaced token stays good for requests that were on their way.
  package var grace = Duration.seconds(60)

  package init(idle: Duration, absolute: Duration, rotation: Duration) {
    self.idle = idle
    self.absolute = absolute
    self.rotation = rotation
  }
}

/// Where people reach the gateway.
enum PublicURL {
  static func isUsable(_ text: String) -> Bool {
    guard let origin = origin(of: text), origin.count > "https://".count else { return false }
    return text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f } && !text.contains("#") && !text.contains("?")
  }

  /// `https://fiyat.example` of `https://fiyat.example/radar`, in small letters (RFC 6454 §6.2).
  static func origin(of url: String) -> String? {
    guard let scheme = ["https://", "http://"].first(where: { url.lowercased().hasPrefix($0) }) else { return nil }
    let authority = url.dropFirst(scheme.count).prefix { $0 != "/" }
    return authority.isEmpty ? nil : scheme + authority.lowercased()
  }
}
