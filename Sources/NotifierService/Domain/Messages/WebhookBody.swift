/// What webhooks get: JSON as docs/webhooks.md describes it.
enum WebhookBody {
  static func alert(_ alert: Alert, _ event: MarketEvent, _ message: AlertMessage, text: String, id: String)
    -> JSONValue
  {
    .object([
      ("type", .string("alert")),
      ("id", .string(id)),
      ("alert_id", .string(String(alert.id))),
      ("label", .string(alert.label)),
      ("reason", .string(message.reason.name)),
      ("product_id", .string(String(event.product))),
      ("listing_id", .string(String(event.listing))),
      ("title", .string(event.title)),
      ("shop", .string(event.shop)),
      ("category", .string(event.category)),
      ("old_price", money(message.oldPrice)),
      ("price", money(message.price)),
      ("real_discount_basis_points", message.deal.map { .integer(Int64($0.realDiscount)) } ?? .null),
      ("verdict", .optional(message.deal?.verdict.name)),
      ("link", .optional(message.link)),
      ("observed_at", .string(event.observedAt.rfc3339)),
      ("text", .string(text)),
    ])
  }

  /// - Parameter entries: bodies as `alert` made them.
  static func digest(_ entries: [String], id: String) -> JSONValue {
    .object([("type", .string("digest")), ("id", .string(id)), ("alerts", .array(entries.map { .raw($0) }))])
  }

  static func test(id: String, text: String) -> JSONValue {
    .object([("type", .string("test")), ("id", .string(id)), ("text", .string(text))])
  }

  static func verification(id: String, code: String, text: String) -> JSONValue {
    .object([
      ("type", .string("verification")), ("id", .string(id)), ("code", .string(code)), ("text", .string(text)),
    ])
  }

  private static func money(_ money: Money?) -> JSONValue {
    guard let money else { return .null }
    return .object([("amount", .string(money.decimalText)), ("currency", .string(money.currency))])
  }
}

extension FireReason {
  /// As webhooks name it.
  var name: String {
    switch self {
    case .targetReached: "target_price"
    case .dropped: "drop"
    case .changed: "any_change"
    case .backInStock: "back_in_stock"
    case .allTimeLow: "all_time_low"
    case .lowestInDays: "lowest_in_days"
    case .deal: "deal_in_category"
    }
  }
}

extension Verdict {
  var name: String {
    switch self {
    case .unknown: "unknown"
    case .genuine: "genuine"
    case .inflated: "inflated"
    }
  }
}

extension UnixTime {
  /// `2026-11-24T09:00:00Z`, to the second.
  var rfc3339: String {
    let day = seconds.floorDivided(by: 86_400)
    let date = CivilDate(day: day)
    let rest = seconds - day * 86_400
    func pad(_ value: Int64, _ width: Int) -> String {
      let digits = String(value.magnitude)
      return (value < 0 ? "-" : "") + String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
    return "\(pad(date.year, 4))-\(pad(date.month, 2))-\(pad(date.day, 2))T"
      + "\(pad(rest / 3600, 2)):\(pad(rest / 60 % 60, 2)):\(pad(rest % 60, 2))Z"
  }
}
