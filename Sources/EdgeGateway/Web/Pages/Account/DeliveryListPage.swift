internal import MeshMessages

/// What was sent to somebody, newest first.
struct DeliveryListPage: Sendable {
  let context: PageContext
  let deliveries: [NotifierV1.Delivery]
  let state: String
  let token: String
  let next: String

  static let states: [(word: String, state: NotifierV1.DeliveryState, phrase: AccountPhrase)] = [
    ("pending", .pending, .deliveryPending), ("sent", .sent, .deliverySent), ("parked", .parked, .deliveryParked),
    ("dropped", .dropped, .deliveryDropped),
  ]

  func response() -> GatewayResponse {
    let parts = Parts(context: context)
    let path = context.path("/account/deliveries")
    let choices =
      [Parts.Choice(value: "", label: context(Phrase.any))]
      + Self.states.map { Parts.Choice(value: $0.word, label: context($0.phrase)) }
    let list: HTML =
      deliveries.isEmpty
      ? "<p class=\"empty\">\(context(.deliveriesNone))</p>"
      : "<ul class=\"items\">\(deliveries.map { item($0) }.joined("\n"))</ul>"
    return AccountFrame(context: context, section: .deliveries, title: context(.deliveries)).response(
      """
      <p class="lead">\(context(.deliveriesLead))</p>
      <form class="filters" action="\(path)" method="get" aria-label="\(context(Phrase.filters))">
      \(parts.select("state", context(.state), state, choices))
      <div class="actions"><button class="button" type="submit">\(context(Phrase.apply))</button></div>
      </form>
      \(list)
      \(parts.pages(path, [("state", state)], token: token, next: next))
      """)
  }

  private func item(_ delivery: NotifierV1.Delivery) -> HTML {
    let state = Self.states.first { $0.state == delivery.state }
    let seconds = delivery.sentAt?.seconds ?? delivery.createdAt?.seconds ?? 0
    let error: HTML? =
      delivery.lastError.isEmpty || delivery.state == .sent
      ? nil : "<p class=\"small\">\(context(.lastError, ["error": delivery.lastError]))</p>"
    let tone: HTML = delivery.state == .sent ? "good" : "off"
    return """
      <li><div class="what"><p class="small">\(ChannelWords.kind(delivery.kind, context)) · \
      <time datetime="\(CivilTime.rfc3339(seconds))">\(context.language.moment(seconds))</time> · \
      <span class="state \(tone)">\(state.map { context($0.phrase) } ?? "")</span></p>
      <p class="message">\(delivery.text)</p>\(error)</div></li>
      """
  }
}
