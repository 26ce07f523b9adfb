internal import EventLog
internal import MeshMessages
internal import ProtobufBridge

/// What a client of a WebSocket has subscribed to.
struct SocketSubscriptions: Equatable {
  static let maximumProducts = 200
  static let maximumCategories = 50

  private(set) var products: Set<Int64> = []
  private(set) var categories: Set<String> = []
  private(set) var deals: DealInterest?

  /// - Throws: `Flaw` when it becomes too much; nothing has changed then.
  mutating func apply(_ request: SocketRequest) throws(SocketRequest.Flaw) {
    switch request.action {
    case .subscribe:
      let products = products.union(request.products)
      let categories = categories.union(request.categories)
      guard products.count <= Self.maximumProducts else {
        throw SocketRequest.Flaw(detail: "at most \(Self.maximumProducts) products at a time", field: "products")
      }
      guard categories.count <= Self.maximumCategories else {
        throw SocketRequest.Flaw(detail: "at most \(Self.maximumCategories) categories at a time", field: "categories")
      }
      self.products = products
      self.categories = categories
      if let deals = request.deals { self.deals = deals }
    case .unsubscribe:
      products.subtract(request.products)
      categories.subtract(request.categories)
      if request.deals != nil { deals = nil }
    }
  }

  /// `{"type":"subscribed",…}`: all that is subscribed to.
  ///
  /// - Parameter id: the event up to which there is nothing to be told any more.
  func json(id: EventPosition?) -> [UInt8] {
    var json = JSONWriter()
    json.beginObject()
    json.name("type")
    json.string("subscribed")
    if let id {
      json.name("id")
      json.string(EventID.text(id))
    }
    json.name("products")
    json.beginArray()
    for product in products.sorted() { json.string(String(product)) }
    json.endArray()
    json.name("categories")
    json.beginArray()
    for category in categories.sorted() { json.string(category) }
    json.endArray()
    json.name("deals")
    if let deals { Self.write(deals, &json) } else { json.null() }
    json.endObject()
    return json.bytes
  }

  private static func write(_ deals: DealInterest, _ json: inout JSONWriter) {
    json.beginObject()
    if let category = deals.category {
      json.name("category")
      json.string(category)
    }
    if let shop = deals.shop {
      json.name("shop")
      json.string(shop)
    }
    if deals.minDiscount > 0 {
      json.name("min_discount")
      json.integer(deals.minDiscount)
    }
    if let verdict = deals.verdict, let word = CommonParameters.verdictWord(verdict) {
      json.name("verdict")
      json.string(word)
    }
    json.endObject()
  }
}

extension SocketRequest.Flaw {
  /// `{"type":"error",…}`
  var json: [UInt8] {
    var json = JSONWriter()
    json.beginObject()
    json.name("type")
    json.string("error")
    json.name("code")
    json.string("invalid_message")
    json.name("detail")
    json.string(detail)
    if let field {
      json.name("field")
      json.string(field)
    }
    json.endObject()
    return json.bytes
  }
}
