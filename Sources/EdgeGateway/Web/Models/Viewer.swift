/// Who looks at a page, signed in.
struct Viewer: Sendable, Equatable {
  var role: Role
  /// What the page's forms send along, to show that they are ours (`FormFields.csrf`).
  var csrfToken: String

  init(role: Role, csrfToken: String) {
    self.role = role
    self.csrfToken = csrfToken
  }

  /// Nil for whoever is not signed in: tokens of the configuration and API keys have no pages of their own.
  ///
  /// - Throws: `SodiumError`.
  init?(_ principal: Principal?, _ identity: Identity) throws {
    guard let principal, let session = principal.session else { return nil }
    role = principal.role
    csrfToken = try identity.csrfToken(session)
  }
}
