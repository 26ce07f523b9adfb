internal import MeshMessages

/// What was sent to people, and what could not be.
struct DeliveriesPage: Sendable {
  struct Filter: Sendable {
    /// "all" for those of any state.
    var state = ""
    var subscriber = ""

    var items: [(name: String, value: String)] { [("state", state), ("subscriber", subscriber)] }
  }

  let layout: OperatorLayout
  let filter: Filter
  let deliveries: [NotifierV1.Delivery]
  let token: String
  let next: String

  static let states: [(word: String, value: NotifierV1.DeliveryState, phrase: OperatorPhrase)] = [
    ("parked", .parked, .stateParked), ("pending", .pending, .statePending), ("sent", .sent, .stateSent),
    ("dropped", .dropped, .stateDropped), ("all", .unspecified, .stateAll),
  ]

  func response() -> GatewayResponse {
    let parts = layout.parts
    let context = parts.context
    let choices = Self.states.map { OperatorParts.Choice(value: $0.word, label: context($0.phrase)) }
    return layout.response(
      """
      \(parts.filters("/admin/deliveries", [
        parts.select("state", .state, filter.state, choices),
        parts.filter("subscriber", .subscriber, filter.subscriber, maximum: 100),
      ]))
      \(table)
      \(parts.pages("/admin/deliveries", filter.items, token: token, next: next))
      """)
  }

  private var table: HTML {
    let parts = layout.parts
    let context = parts.context
    return parts.table(
      .deliveries,
      [
        .init(.number), .init(.made), .init(.subscriber), .init(.channel), .init(.state),
        .init(.attempts, isNumber: true), .init(.lastError), .init(.text), .init(.acts),
      ],
      deliveries.map { delivery in
        let state = Self.states.first { $0.value == delivery.state }
        let tone: OperatorParts.Tone =
          delivery.state == .sent ? .good : delivery.state == .parked ? .bad : .plain
        return [
          "\(delivery.id)", parts.moment(delivery.createdAt?.seconds), "\(delivery.subscriber)",
          "\(Self.channel(delivery.kind, context))", parts.mark(state.map { context($0.phrase) } ?? "—", tone),
          "\(delivery.attempts)", parts.excerpt(delivery.lastError), parts.excerpt(delivery.text, limit: 60),
          delivery.state == .parked
            ? parts.act(
              "/admin/deliveries/\(delivery.id)/retry", .retry, subject: "\(delivery.id)",
              back: "/admin/deliveries" + WebAddress.query(filter.items)) : HTML(),
        ]
      }, none: filter.state == "parked" ? .parkedNone : .deliveriesNone)
  }

  private static func channel(_ kind: NotifierV1.ChannelKind, _ context: OperatorContext) -> String {
    switch kind {
    case .telegram: "Telegram"
    case .webhook: "Webhook"
    case .email: context(.mail)
    case .webPush: "Web Push"
    default: "—"
    }
  }
}
