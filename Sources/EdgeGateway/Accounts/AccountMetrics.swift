internal import CoreMetrics

/// What operators watch of accounts.
///
/// | metric | type | labels |
/// |---|---|---|
/// | `edge_sign_ins_total` | counter | outcome: granted, refused, locked |
/// | `edge_mails_total` | counter | outcome: handed_over, failed, expired |
struct AccountMetrics: Sendable {
  let granted = Self.signIn("granted")
  let refused = Self.signIn("refused")
  let locked = Self.signIn("locked")
  let handedOver = Self.mail("handed_over")
  let failed = Self.mail("failed")
  let expired = Self.mail("expired")

  private static func signIn(_ outcome: String) -> Counter {
    Counter(label: "edge_sign_ins_total", dimensions: [("outcome", outcome)])
  }

  private static func mail(_ outcome: String) -> Counter {
    Counter(label: "edge_mails_total", dimensions: [("outcome", outcome)])
  }
}
