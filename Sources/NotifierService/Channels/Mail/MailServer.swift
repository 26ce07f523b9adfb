/// The mail server that takes our mail, as settings name it.
struct MailServer: Hashable, Sendable {
  enum Security: Sendable {
    /// TLS from the first byte (RFC 8314 §3.3).
    case implicit
    /// TLS before anything is told, or nothing is (RFC 3207).
    case startTLS
    /// In clear text, for a relay on this machine.
    case none
  }

  struct Credentials: Hashable, Sendable {
    var user: String
    var password: String
  }

  var host: String
  var port: Int
  var security: Security
  var credentials: Credentials?
  /// A PEM file of the authorities to trust; nil for the system's.
  var authoritiesFile: String?

  /// What is wrong with a setting, for the operator.
  struct Problem: Error {
    var setting: String
    var expected: String
  }

  /// - Parameters:
  ///   - url: `smtp://user@host:587` or `smtps://user@host:465`; the ports are those defaults.
  ///   - isClear: `smtp` without STARTTLS.
  init(url: String, password: String?, isClear: Bool, authoritiesFile: String?) throws(Problem) {
    let expected = "expected smtp://USER@HOST:PORT or smtps://USER@HOST:PORT; user and port may be left out"
    let problem = Problem(setting: "SMTP_URL", expected: expected)
    guard let mark = url.firstRange(of: "://") else { throw problem }
    switch url[..<mark.lowerBound] {
    case "smtps": security = .implicit
    case "smtp": security = isClear ? .none : .startTLS
    default: throw problem
    }
    var rest = url[mark.upperBound...]
    if rest.hasSuffix("/") { rest.removeLast() }
    var user: String?
    if let at = rest.lastIndex(of: "@") {
      guard let name = Self.decoded(rest[..<at]), !name.isEmpty else { throw problem }
      user = name
      rest = rest[rest.index(after: at)...]
    }
    (host, port) = try Self.place(rest, standardPort: security == .implicit ? 465 : 587, problem)
    guard (user == nil) == (password == nil) else {
      throw Problem(setting: "SMTP_PASSWORD", expected: "expected with a user in SMTP_URL, and only then")
    }
    if let user, let password {
      guard security != .none else {
        throw Problem(setting: "SMTP_TLS", expected: "a password is not sent in clear text; expected required")
      }
      credentials = Credentials(user: user, password: password)
    }
    self.authoritiesFile = authoritiesFile
  }

  private static func place(
    _ text: Substring, standardPort: Int, _ problem: Problem
  ) throws(Problem) -> (String, Int) {
    var host = text
    var port = standardPort
    if let colon = text.lastIndex(of: ":"), text.last != "]" {
      guard let number = Int(text[text.index(after: colon)...]), (1...65_535).contains(number) else { throw problem }
      port = number
      host = text[..<colon]
    }
    if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
    let isName = host.utf8.allSatisfy { byte in
      (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
        || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
        || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".") || byte == UInt8(ascii: ":")
    }
    guard isName, (1...253).contains(host.utf8.count) else { throw problem }
    return (String(host), port)
  }

  /// `%40` for an @ in a user's name. Nil for what is no such text, or holds control characters.
  private static func decoded(_ text: Substring) -> String? {
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "%") else {
        bytes.append(byte)
        continue
      }
      guard rest.count >= 2, let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) else {
        return nil
      }
      bytes.append(value)
      rest = rest.dropFirst(2)
    }
    guard bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else { return nil }
    return String(validating: bytes, as: UTF8.self)
  }
}
