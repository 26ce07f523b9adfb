internal import EventLog
internal import MeshMessages
internal import ProtobufBridge

/// What a client of a WebSocket asks for.
struct SocketRequest: Equatable {
  enum Action: String { case subscribe, unsubscribe }

  /// Why a message is not understood.
  struct Flaw: Error, Equatable {
    var detail: String
    var field: String?
  }

  var action: Action
  var products: [Int64] = []
  var categories: [String] = []
  /// With `subscribe` what is wanted; with `unsubscribe` whether deals are wanted no more. Nil leaves them as they are.
  var deals: DealInterest?
  /// With `subscribe`, the last deal's event that the client has: it is told what came since.
  var lastEvent: EventPosition?

  /// Reads a message's JSON.
  ///
  /// - Throws: `Flaw` that names the member.
  init(_ text: [UInt8]) throws(Flaw) {
    let members: [String: GoogleProtobuf.Value]
    do {
      members = try GoogleProtobuf.Struct(json: text, options: GatewayJSON.options).fields
    } catch {
      throw Flaw(detail: "the message is no JSON object: \("\(error)".prefix(200))")
    }
    guard case .stringValue(let word)? = members["type"]?.kind, let action = Action(rawValue: word) else {
      throw Flaw(detail: "expected subscribe or unsubscribe", field: "type")
    }
    self.action = action
    for name in members.keys.sorted() {
      guard let value = members[name] else { continue }
      switch name {
      case "type": break
      case "products": products = try Self.list(value, name).enumerated().map(Self.product)
      case "categories": categories = try Self.list(value, name).enumerated().map(Self.category)
      case "deals": deals = try Self.deals(value)
      case "last_event_id": lastEvent = try Self.position(value)
      default:
        let shown = QueryItems.shown(name)
        throw Flaw(detail: "unknown member; there are type, products, categories, deals, last_event_id", field: shown)
      }
    }
    guard !products.isEmpty || !categories.isEmpty || deals != nil else {
      throw Flaw(detail: "expected products, categories or deals")
    }
    guard lastEvent == nil || (action == .subscribe && deals != nil) else {
      throw Flaw(detail: "goes with a subscription to deals: no other events are kept", field: "last_event_id")
    }
  }

  private static func list(_ value: GoogleProtobuf.Value, _ name: String) throws(Flaw) -> [GoogleProtobuf.Value] {
    guard case .listValue(let list)? = value.kind else { throw Flaw(detail: "expected a list", field: name) }
    return list.values
  }

  private static func product(_ index: Int, _ value: GoogleProtobuf.Value) throws(Flaw) -> Int64 {
    guard case .stringValue(let text)? = value.kind, let id = CommonParameters.productID.parse(text) else {
      throw Flaw(detail: "expected a product's id in quotes, such as \"7\"", field: "products[\(index)]")
    }
    return id
  }

  private static func position(_ value: GoogleProtobuf.Value) throws(Flaw) -> EventPosition {
    guard case .stringValue(let text)? = value.kind, let position = EventID.position(text) else {
      throw Flaw(detail: "expected the id of an event, in quotes", field: "last_event_id")
    }
    return position
  }

  private static func category(_ index: Int, _ value: GoogleProtobuf.Value) throws(Flaw) -> String {
    guard case .stringValue(let text)? = value.kind, let path = CommonParameters.category.parse(text) else {
      throw Flaw(detail: "expected a category's path, such as elektronik/kulaklik", field: "categories[\(index)]")
    }
    return path
  }

  private static func deals(_ value: GoogleProtobuf.Value) throws(Flaw) -> DealInterest {
    var interest = DealInterest()
    if case .boolValue(true)? = value.kind { return interest }
    guard case .structValue(let filter)? = value.kind else {
      throw Flaw(detail: "expected true, or an object of category, shop, min_discount, verdict", field: "deals")
    }
    for name in filter.fields.keys.sorted() {
      let kind = filter.fields[name]?.kind
      func text(_ parameter: Parameter<String>) throws(Flaw) -> String {
        guard case .stringValue(let text)? = kind, let value = parameter.parse(text) else {
          throw Flaw(detail: parameter.declaration.expected, field: "deals.\(name)")
        }
        return value
      }
      switch name {
      case "category": interest.category = try text(CommonParameters.category)
      case "shop": interest.shop = try text(CommonParameters.shop)
      case "min_discount":
        guard case .numberValue(let number)? = kind, let points = UInt32(exactly: number), points <= 10_000 else {
          throw Flaw(detail: CommonParameters.minDiscount.declaration.expected, field: "deals.min_discount")
        }
        interest.minDiscount = points
      case "verdict":
        guard case .stringValue(let text)? = kind, let verdict = CommonParameters.verdict.parse(text) else {
          throw Flaw(detail: CommonParameters.verdict.declaration.expected, field: "deals.verdict")
        }
        interest.verdict = verdict
      default:
        let shown = QueryItems.shown(name)
        throw Flaw(detail: "unknown filter; there are category, shop, min_discount, verdict", field: "deals.\(shown)")
      }
    }
    return interest
  }
}
