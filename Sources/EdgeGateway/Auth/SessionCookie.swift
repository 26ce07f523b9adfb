internal import HTTPTypes

/// The cookie that holds a session's token, for browsers: scripts cannot read it, and other sites' forms do not send it.
///
/// By TLS its name begins with `__Host-`, which no other host and no page in clear text can set (RFC 6265bis §4.1.3.2).
package struct SessionCookie: Sendable {
  package let name: String
  private let attributes: String
  private let seconds: Int64

  package init(isSecure: Bool, lifetime: Duration) {
    name = isSecure ? "__Host-session" : "session"
    attributes = "Path=/; HttpOnly; SameSite=Lax" + (isSecure ? "; Secure" : "")
    seconds = lifetime.components.seconds
  }

  /// The value of `Set-Cookie` that gives a browser a token.
  func setting(_ token: SecretToken) -> String { "\(name)=\(token.text); Max-Age=\(seconds); \(attributes)" }

  /// The value of `Set-Cookie` that takes it away.
  var removal: String { "\(name)=; Max-Age=0; \(attributes)" }

  /// The token in a request's `Cookie` fields.
  func token(in fields: HTTPFields) -> SecretToken? {
    for field in fields[values: .cookie] {
      for pair in field.split(separator: ";") {
        let trimmed = pair.drop { $0 == " " }
        guard trimmed.hasPrefix(name), trimmed.dropFirst(name.count).first == "=" else { continue }
        return SecretToken(String(trimmed.dropFirst(name.count + 1)), .session)
      }
    }
    return nil
  }
}
