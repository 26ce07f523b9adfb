internal import MeshMessages
internal import ProtobufBridge

/// An alert as a form has it: read from what was typed, and written back from an alert.
struct AlertForm: Sendable {
  /// Fields that are given once, and those that may be given many times.
  static let fields = [
    "rule", "target", "percent", "amount", "category", "discount", "genuine", "rearm", "quietFrom", "quietTo", "digest",
    "label",
  ]
  static let many = ["channel"]
  /// What stays as it is, in a form that changes an alert.
  static let kept = "keep"
  private static let longestRearm: Int64 = 525_600

  /// Of amounts that are typed.
  let currency: String
  /// Whether it is about a category and not about a product.
  let isAboutCategory: Bool

  // MARK: Reading

  /// Puts what was typed into an alert.
  ///
  /// - Returns: the parts of it that were set, as `UpdateAlertRequest` names them.
  /// - Throws: `Problem` 400 that names the form's field.
  func read(_ form: FormFields, into alert: inout NotifierV1.Alert) throws -> [String] {
    var paths = ["channel_ids", "daily_digest", "label", "quiet_hours", "rearm"]
    if form["rule"] != Self.kept {
      alert.rule = try rule(form)
      paths.append("rule")
    }
    alert.channelIds = try form.all("channel").map { text in
      guard let id = Int64(text), id > 0 else { throw AccountInput.invalid("channel", "expected a channel's id") }
      return id
    }
    alert.rearm = try Self.rearm(form["rearm"])
    alert.quietHours = try Self.quietHours(form, zone: alert.quietHours?.timeZone ?? "")
    alert.dailyDigest = form.isOn("digest")
    let label = form.trimmed("label")
    guard label.unicodeScalars.count <= 200 else {
      throw AccountInput.invalid("label", "expected at most 200 characters")
    }
    alert.label = label
    return paths
  }

  private func rule(_ form: FormFields) throws -> NotifierV1.Alert.Rule {
    if isAboutCategory {
      guard let discount = UInt32(form["discount"]), discount <= 10_000 else {
        throw AccountInput.invalid("discount", "expected basis points")
      }
      let category = form["category"]
      guard category.unicodeScalars.count <= 500 else { throw AccountInput.invalid("category", "expected a category") }
      return .dealInCategory(
        .with {
          $0.category = category
          $0.minDiscountBasisPoints = discount
          $0.genuineOnly = form.isOn("genuine")
        })
    }
    switch form["rule"] {
    case "target":
      let price = try money(form, "target")
      return .targetPrice(.with { $0.price = price })
    case "drop":
      guard let percent = UInt32(form.trimmed("percent")), (1...99).contains(percent) else {
        throw AccountInput.invalid("percent", "expected 1 to 99")
      }
      return .drop(.with { $0.by = .basisPoints(percent * 100) })
    case "amount":
      let money = try money(form, "amount")
      return .drop(.with { $0.by = .amount(money) })
    case "change": return .anyChange(.init())
    case "stock": return .backInStock(.init())
    case "low": return .allTimeLow(.init())
    case "days-30": return .lowestInDays(.with { $0.days = 30 })
    case "days-90": return .lowestInDays(.with { $0.days = 90 })
    case "days-365": return .lowestInDays(.with { $0.days = 365 })
    default: throw AccountInput.invalid("rule", "expected one of the list")
    }
  }

  private func money(_ form: FormFields, _ name: String) throws -> CommonV1.Money {
    guard let plain = TypedAmount.plain(form[name]), let units = CurrencyAmount.minorUnits(plain, currency), units > 0
    else { throw AccountInput.invalid(name, "expected an amount such as 1299 or 1299,90") }
    return CommonV1.Money(currency: currency, minorUnits: units)
  }

  private static func rearm(_ text: String) throws -> NotifierV1.Rearm {
    switch text {
    case "": return .with { $0.mode = .whenFalse }
    case "once": return .with { $0.mode = .once }
    default:
      guard text.hasPrefix("after-"), let minutes = Int64(text.dropFirst(6)), (1...longestRearm).contains(minutes)
      else { throw AccountInput.invalid("rearm", "expected one of the list") }
      return .with {
        $0.mode = .after
        $0.after = GoogleProtobuf.Duration(seconds: minutes * 60, nanos: 0)
      }
    }
  }

  private static func quietHours(_ form: FormFields, zone: String) throws -> NotifierV1.QuietHours? {
    let (from, to) = (form["quietFrom"], form["quietTo"])
    if from.isEmpty, to.isEmpty { return nil }
    guard let start = minute(from) else { throw AccountInput.invalid("quietFrom", "expected a time such as 22:00") }
    guard let end = minute(to), end != start else {
      throw AccountInput.invalid("quietTo", "expected another time such as 08:00")
    }
    return .with { ($0.startMinute, $0.endMinute, $0.timeZone) = (start, end, zone) }
  }

  /// Of `22:00`, after midnight.
  private static func minute(_ text: String) -> UInt32? {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2, parts.allSatisfy({ $0.utf8.count == 2 }), let hour = UInt32(parts[0]), hour < 24,
      let minute = UInt32(parts[1]), minute < 60
    else { return nil }
    return hour * 60 + minute
  }

  // MARK: Writing

  /// What the form shows of an alert.
  static func values(of alert: NotifierV1.Alert, _ language: Language) -> [String: String] {
    var values = ["rule": kept, "label": alert.label, "digest": alert.dailyDigest ? "on" : ""]
    if case .dealInCategory(let deal)? = alert.rule {
      values["category"] = deal.category
      values["discount"] = String(deal.minDiscountBasisPoints)
      values["genuine"] = deal.genuineOnly ? "on" : ""
    }
    if case .targetPrice(let target)? = alert.rule, let price = target.price {
      values["target"] = language.typedAmount(price)
    }
    switch alert.rearm?.mode {
    case .once: values["rearm"] = "once"
    case .after: values["rearm"] = "after-\((alert.rearm?.after?.seconds ?? 0) / 60)"
    default: values["rearm"] = ""
    }
    if let quiet = alert.quietHours {
      values["quietFrom"] = clock(quiet.startMinute)
      values["quietTo"] = clock(quiet.endMinute)
    }
    return values
  }

  /// What was typed, to be shown again.
  static func values(of form: FormFields) -> [String: String] {
    Dictionary(uniqueKeysWithValues: fields.map { ($0, form[$0]) })
  }

  private static func clock(_ minute: UInt32) -> String {
    "\(CivilTime.two(Int(minute / 60 % 24))):\(CivilTime.two(Int(minute % 60)))"
  }
}

/// An alert in words.
enum AlertWords {
  static func rule(_ alert: NotifierV1.Alert, _ context: PageContext, category: (String) -> String) -> String {
    let language = context.language
    switch alert.rule {
    case .targetPrice(let target)?:
      return context(.ruleTargetAt, ["price": target.price.map { language.price($0) } ?? ""])
    case .drop(let drop)?:
      switch drop.by {
      case .amount(let amount)?: return context(.ruleDropOf, ["by": language.price(amount)])
      case .basisPoints(let points)?: return context(.ruleDropOf, ["by": language.percent(Int64(points))])
      case nil: return ""
      }
    case .anyChange?: return context(.ruleChange)
    case .backInStock?: return context(.ruleStock)
    case .allTimeLow?: return context(.ruleLow)
    case .lowestInDays(let lowest)?: return context(.ruleDays, ["days": String(lowest.days)])
    case .dealInCategory(let deal)?:
      return context(
        deal.genuineOnly ? .ruleGenuineDeal : .ruleDeal,
        [
          "category": deal.category.isEmpty ? language(Phrase.any) : category(deal.category),
          "percent": language.percent(Int64(deal.minDiscountBasisPoints)),
        ])
    case nil: return ""
    }
  }
}
