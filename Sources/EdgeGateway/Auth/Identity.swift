/// How requests show whose they are.
package struct Identity: Sendable {
  package let cache: CredentialCache
  package let cookie: SessionCookie
  package let pages: OwnPages
  /// The CSRF token of a session.
  let csrfToken: @Sendable (Int64) throws -> String
  /// Replaces a cookie's token that is due for it: the session, and the old token's hash.
  private let replace: @Sendable (Int64, [UInt8]) async throws -> SecretToken?

  /// - Parameters:
  ///   - csrfToken: the CSRF token of a session.
  ///   - replace: replaces the token with this hash of a session; nil when another request was first.
  package init(
    cache: CredentialCache, cookie: SessionCookie, pages: OwnPages,
    csrfToken: @escaping @Sendable (Int64) throws -> String,
    replace: @escaping @Sendable (Int64, [UInt8]) async throws -> SecretToken?
  ) {
    self.cache = cache
    self.cookie = cookie
    self.pages = pages
    self.csrfToken = csrfToken
    self.replace = replace
  }

  func rotate(_ session: Int64, _ hash: [UInt8]) async throws -> SecretToken? {
    let token = try await replace(session, hash)
    // What is remembered says that it is due.
    cache.forget { $0.session == session }
    return token
  }
}
