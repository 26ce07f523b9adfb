/// API keys and how much they may ask for, for admins.
struct KeysPage: Sendable {
  let layout: OperatorLayout
  let account: String
  let keys: [KeyRecord]
  let token: String
  let next: String

  static let tiers: [(tier: RateTier, number: Int16)] = [(.free, 1), (.pro, 2), (.partner, 3)]

  func response() -> GatewayResponse {
    let parts = layout.parts
    return layout.response(
      """
      \(parts.filters("/admin/keys", [
        parts.filter("account", .accountNumber, account, maximum: 19, mode: "numeric")
      ]))
      \(Self.table(parts, keys))
      \(parts.pages("/admin/keys", [("account", account)], token: token, next: next))
      """)
  }

  static func table(_ parts: OperatorParts, _ keys: [KeyRecord]) -> HTML {
    let context = parts.context
    return parts.table(
      .keys,
      [
        .init(.name), .init(.number), .init(.account), .init(.keyPrefix), .init(.scopes), .init(.state), .init(.used),
        .init(.tier), .init(.acts),
      ],
      keys.map { key in
        let path = "/admin/keys/\(key.id)"
        let isUsable = key.revokedAt == nil
        let choices = tiers.map { OperatorParts.Choice(value: $0.tier.rawValue, label: $0.tier.rawValue) }
        let now = RateTier(keyTier: key.tier)?.rawValue ?? "—"
        let tier: HTML =
          isUsable
          ? """
          <form class="inline" method="get" action="\(context.path(path + "/tier"))">
          \(parts.select("tier", .tier, now, choices, id: "tier-\(key.id)"))
          <button class="button small plain" type="submit">\(context(.change))<span class="hidden"> \(key.name)</span></button></form>
          """ : "\(now)"
        return [
          "\(key.name)", "\(key.id)",
          "<a href=\"\(context.path("/admin/accounts/\(key.account)"))\">\(key.account)</a>",
          "<code>\(key.prefix)…</code>", "\(key.scopes.joined(separator: ", "))",
          isUsable ? parts.mark(context(.valid), .good) : parts.mark(context(.revoked), .bad),
          parts.moment(key.lastUsedAt), tier,
          isUsable ? parts.ask(path + "/revoke", .revoke, subject: key.name) : HTML(),
        ]
      }, none: .keysNone)
  }
}
