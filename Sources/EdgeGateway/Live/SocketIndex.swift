/// The sockets of an event loop by what they want, so that a price of a product that nobody looks at costs nothing.
final class SocketIndex {
  private typealias Sockets = [ObjectIdentifier: LiveSocket]

  private var everyone: Sockets = [:]
  private var byProduct: [Int64: Sockets] = [:]
  private var byCategory: [String: Sockets] = [:]
  private var forDeals: Sockets = [:]

  var count: Int { everyone.count }
  var all: [LiveSocket] { Array(everyone.values) }

  func add(_ socket: LiveSocket) { everyone[ObjectIdentifier(socket)] = socket }

  func remove(_ socket: LiveSocket) {
    guard everyone.removeValue(forKey: ObjectIdentifier(socket)) != nil else { return }
    change(socket, from: socket.subscriptions, to: SocketSubscriptions())
  }

  /// A socket of the index has subscribed to something else.
  func change(_ socket: LiveSocket, from old: SocketSubscriptions, to new: SocketSubscriptions) {
    let id = ObjectIdentifier(socket)
    for product in old.products.subtracting(new.products) { Self.remove(id, product, &byProduct) }
    for product in new.products.subtracting(old.products) { byProduct[product, default: [:]][id] = socket }
    for category in old.categories.subtracting(new.categories) { Self.remove(id, category, &byCategory) }
    for category in new.categories.subtracting(old.categories) { byCategory[category, default: [:]][id] = socket }
    forDeals[id] = new.deals == nil ? nil : socket
  }

  private static func remove<Key>(_ id: ObjectIdentifier, _ key: Key, _ index: inout [Key: Sockets]) {
    index[key]?[id] = nil
    if index[key]?.isEmpty ?? false { index[key] = nil }
  }

  /// Whether anybody wants a change of price or stock.
  func wants(_ event: LiveEvent) -> Bool {
    if byProduct[event.productID] != nil { return true }
    guard !byCategory.isEmpty else { return false }
    return Self.paths(event.category).contains { byCategory[$0] != nil }
  }

  /// Those who want an event. One may be there twice.
  func interested(in event: LiveEvent) -> [LiveSocket] {
    if event.deal != nil { return forDeals.values.filter { $0.subscriptions.deals?.wants(event) ?? false } }
    var found = byProduct[event.productID].map { Array($0.values) } ?? []
    guard !byCategory.isEmpty else { return found }
    for path in Self.paths(event.category) {
      if let sockets = byCategory[path] { found += sockets.values }
    }
    return found
  }

  /// A category and those above it.
  static func paths(_ category: String) -> [String] {
    var paths: [String] = []
    var path = category[...]
    while !path.isEmpty {
      paths.append(String(path))
      path = path.lastIndex(of: "/").map { path[..<$0] } ?? ""
    }
    return paths
  }
}
