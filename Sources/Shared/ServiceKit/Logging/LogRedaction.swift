/// Keeps secrets out of the log by the names of fields and the shape of URLs. The first defence is not to log them:
/// types that hold secrets do not print them.
enum LogRedaction {
  static let replacement = "<redacted>"

  private static let secretWords = [
    "password", "passwd", "secret", "token", "authorization", "cookie", "api_key", "apikey", "credential", "dsn",
  ]

  /// Whether a field of this name is not shown.
  static func isSecret(_ name: String) -> Bool {
    let name = name.lowercased()
    return secretWords.contains { name.contains($0) }
  }

  /// The text without the passwords of URLs in it: `postgresql://user:<redacted>@host`.
  static func masked(_ text: String) -> String {
    guard text.utf8.contains(UInt8(ascii: "@")), text.contains("://") else { return text }
    var result = ""
    var rest = text[...]
    while let scheme = rest.firstRange(of: "://") {
      result += rest[..<scheme.upperBound]
      rest = rest[scheme.upperBound...]
      let authority = rest.prefix { !$0.isWhitespace && $0 != "/" && $0 != "?" && $0 != "#" && $0 != "\"" }
      guard let at = authority.lastIndex(of: "@") else { continue }
      let user = authority[..<at]
      if let colon = user.firstIndex(of: ":") {
        result += user[...colon] + replacement
        rest = rest[at...]
      }
    }
    return result + rest
  }
}
