/// How much one client may ask for.
package enum RateTier: String, Sendable, CaseIterable {
  /// By address: pages, the interface, and signing in.
  case web, api, auth
  /// By API key.
  case free, pro, partner
  /// By API key, without limits: load tests.
  case `internal`
}
