internal import HTTPTypes
internal import MeshMessages

/// What an alert is about, as its pages show it.
struct AlertSubject: Sendable {
  var title: String
  /// Where it is; nil for what is gone.
  var path: String?
  /// What its price is now.
  var price: String?
  var currency = ProductModel.homeCurrency
  /// What is worth waiting for.
  var target: CommonV1.Money?
}

/// The form of an alert that is made or changed.
struct AlertFormPage: Sendable {
  let form: FormMarkup
  let title: String
  /// Nil for an alert about a category.
  let subject: AlertSubject?
  /// The rule that there is, in words; nil for a new alert.
  let rule: String?
  let channels: [NotifierV1.Channel]
  /// The channels that are ticked.
  let chosen: Set<String>
  let tree: CategoryTree
  /// Where it is sent, as it is in Turkish.
  let path: String

  private var context: PageContext { form.context }

  func response(status: HTTPResponse.Status = .ok) -> GatewayResponse {
    let about: HTML? = subject.map { subject in
      let name: HTML = subject.path.map { "<a href=\"\(context.path($0))\">\(subject.title)</a>" } ?? "\(subject.title)"
      let price: HTML? = subject.price.map { "<br><span class=\"muted\">\(context(Phrase.currentPrice)): \($0)</span>" }
      return "<p><strong>\(name)</strong>\(price)</p>\n"
    }
    let fields =
      (subject == nil ? categoryFields : ruleFields) + channelFields + rearmField + quietFields
      + form.check("digest", context(.digest), isOn: form.values["digest"] == "on")
      + form.field("label", context(.label), .text, hint: context(.labelHint), isRequired: false)
    let content: HTML = """
      <section class="panel">\(about)
      \(form.form(path, fields, button: context(rule == nil ? .alertCreate : .save), cancel: "/account/alerts"))</section>
      """
    return AccountFrame(context: context, section: .alerts, title: title).response(content, status: status)
  }

  private var keeping: [(value: String, label: String)] {
    rule.map { [(AlertForm.kept, context(.ruleKeep, ["rule": $0]))] } ?? []
  }

  /// The amounts belong to one rule each; the script shows only the one that counts.
  private var ruleFields: HTML {
    let currency = subject?.currency ?? ProductModel.homeCurrency
    let choices: [(value: String, label: String)] =
      keeping + [
        ("target", context(.ruleTarget)), ("drop", context(.ruleDrop)), ("amount", context(.ruleAmount)),
        ("change", context(.ruleChange)), ("stock", context(.ruleStock)), ("low", context(.ruleLow)),
      ] + [30, 90, 365].map { ("days-\($0)", context(.ruleDays, ["days": String($0)])) }
    return """
      \(form.select("rule", context(.rule), choices))\
      <div data-rule="target">\(form.field("target", "\(context(Phrase.target)) (\(currency))", .amount, isRequired: false, isMarked: false))</div>
      <div data-rule="drop">\(form.field("percent", context(.percentField), .number, isRequired: false, isMarked: false))</div>
      <div data-rule="amount">\(form.field("amount", "\(context(.amountField)) (\(currency))", .amount, isRequired: false, isMarked: false))</div>

      """
  }

  private var categoryFields: HTML {
    let any = (value: "", label: context(Phrase.any))
    var categories =
      [any] + tree.choices.map { (value: $0.node.path, label: ($0.depth > 0 ? "– " : "") + $0.node.name) }
    let chosen = form.values["category"] ?? ""
    if !categories.contains(where: { $0.value == chosen }) { categories.append((chosen, tree.name(chosen))) }
    var points = [1000, 2000, 3000, 5000]
    if let given = form.values["discount"].flatMap({ Int($0) }), !points.contains(given) { points.insert(given, at: 0) }
    let discounts = points.map { points in
      (value: String(points), label: context(Phrase.atLeast, ["percent": context.language.percent(Int64(points))]))
    }
    return form.hidden("rule", "deal") + form.select("category", context(Phrase.filterCategory), categories)
      + form.select("discount", context(Phrase.filterDiscount), discounts)
      + form.check("genuine", context(.genuineOnly), isOn: form.values["genuine"] == "on")
  }

  private var channelFields: HTML {
    let usable = channels.filter { $0.verified && !$0.disabled }
    guard !usable.isEmpty else {
      return """
        <p class="notice">\(context(.noChannel)) <a href="\(context.path("/account/channels"))">\(context(.channelAdd))</a></p>

        """
    }
    let boxes = usable.map { channel in
      form.check(
        "channel", ChannelWords.name(channel, context), value: String(channel.id),
        isOn: chosen.contains(String(channel.id)))
    }
    return form.group("channel", context(.channels), hint: context(.channelsHint), boxes.joined())
  }

  private var rearmField: HTML {
    var choices: [(value: String, label: String)] = [
      ("", context(.rearmDefault)), ("once", context(.rearmOnce)), ("after-60", context(.rearmHour)),
      ("after-1440", context(.rearmDay)),
    ]
    if let chosen = form.values["rearm"], !choices.contains(where: { $0.value == chosen }), chosen.hasPrefix("after-") {
      choices.append((chosen, context(.rearmMinutes, ["minutes": String(chosen.dropFirst(6))])))
    }
    return form.select("rearm", context(.rearm), choices)
  }

  private var quietFields: HTML {
    form.group(
      "quiet", context(.quiet), hint: context(.quietHint),
      "<div class=\"range\">\(form.field("quietFrom", context(.quietFrom), .time, isRequired: false, isMarked: false))"
        + "\(form.field("quietTo", context(.quietTo), .time, isRequired: false, isMarked: false))</div>\n")
  }
}

/// The alerts that somebody has.
struct AlertListPage: Sendable {
  struct Item: Sendable {
    var id: Int64
    var subject: AlertSubject
    var rule: String
    var label: String
    var isPaused: Bool
    var fired: String?
  }

  let context: PageContext
  let items: [Item]
  let token: String
  let next: String
  let hasChannel: Bool
  var notice: Notice?

  func response() -> GatewayResponse {
    let parts = Parts(context: context)
    let list: HTML =
      items.isEmpty
      ? "<p class=\"empty\">\(context(.alertsNone))</p>"
      : "<ul class=\"items\">\(items.map { item($0) }.joined("\n"))</ul>"
    let warning: HTML? =
      hasChannel
      ? nil
      : """
      <p class="notice">\(context(.noChannel)) <a href="\(context.path("/account/channels"))">\(context(.channelAdd))</a></p>
      """
    return AccountFrame(context: context, section: .alerts, title: context(.alerts), notice: notice).response(
      """
      <p class="lead">\(context(.alertsLead))</p>
      \(warning)
      <p><a class="button plain" href="\(context.path("/account/alerts/new"))">\(context(.alertForDeals))</a></p>
      \(list)
      \(parts.pages(context.path("/account/alerts"), [], token: token, next: next))
      """)
  }

  private func item(_ item: Item) -> HTML {
    let form = FormMarkup(context: context)
    let path = "/account/alerts/\(item.id)"
    let name: HTML =
      item.subject.path.map { "<a href=\"\(context.path($0))\">\(item.subject.title)</a>" } ?? "\(item.subject.title)"
    let label: HTML? = item.label.isEmpty ? nil : "<p class=\"small\">\(item.label)</p>"
    let state: HTML? = item.isPaused ? " <span class=\"tag\">\(context(.paused))</span>" : nil
    let fired = item.fired.map { time -> HTML in "<p class=\"small\">\(context(.firedAt, ["time": time]))</p>" }
    return """
      <li><div class="what"><h2>\(name)</h2><p>\(item.rule)\(state)</p>\(label)\(fired)</div>
      <div class="acts">\(form.button(
        path + "/pause", context(item.isPaused ? .resume : .pause), about: item.subject.title,
        [("paused", item.isPaused ? "false" : "true")]))\
      <a class="button small plain" href="\(context.path(path))">\(context(.edit))<span class="hidden">: \
      \(item.subject.title)</span></a>\
      <a class="button small plain danger" href="\(context.path(path + "/delete"))">\(context(.remove))<span class="hidden">: \
      \(item.subject.title)</span></a></div></li>
      """
  }
}
