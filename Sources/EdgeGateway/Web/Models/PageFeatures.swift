/// What this build of the pages offers besides the public part.
struct PageFeatures: Sendable {
  /// Whether there are accounts: the link to sign in, and "tell me when" on a product's page.
  var accounts: Bool
  /// Where deals are told as they open (server-sent events); nil without.
  var liveDeals: String?

  static let current = PageFeatures(accounts: true, liveDeals: "/v1/deals/stream")
}
