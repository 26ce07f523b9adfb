/// A dictionary of bounded size that gives up the entry that was unused for longest.
struct LRUCache<Key: Hashable, Value> {
  private struct Node {
    var key: Key
    var value: Value
    var previous: Int
    var next: Int
  }

  private static var none: Int { -1 }

  let capacity: Int
  private var indices: [Key: Int] = [:]
  private var nodes: [Node] = []
  private var free: [Int] = []
  private var newest = -1
  private var oldest = -1

  /// - Parameter capacity: at least 1.
  init(capacity: Int) {
    self.capacity = max(1, capacity)
  }

  var count: Int { indices.count }

  /// The value, which becomes the newest.
  mutating func value(for key: Key) -> Value? {
    guard let index = indices[key] else { return nil }
    if index != newest {
      unlink(index)
      linkNewest(index)
    }
    return nodes[index].value
  }

  /// Inserts or replaces, and returns the entry that had to go: the replaced or the oldest.
  mutating func insert(_ value: Value, for key: Key) -> (key: Key, value: Value)? {
    let replaced = remove(key).map { (key, $0) }
    let evicted = indices.count >= capacity ? removeOldest() : nil
    let node = Node(key: key, value: value, previous: Self.none, next: Self.none)
    let index: Int
    if let spare = free.popLast() {
      nodes[spare] = node
      index = spare
    } else {
      nodes.append(node)
      index = nodes.count - 1
    }
    indices[key] = index
    linkNewest(index)
    return replaced ?? evicted
  }

  mutating func remove(_ key: Key) -> Value? {
    guard let index = indices.removeValue(forKey: key) else { return nil }
    unlink(index)
    free.append(index)
    return nodes[index].value
  }

  private mutating func removeOldest() -> (key: Key, value: Value)? {
    guard oldest != Self.none else { return nil }
    let key = nodes[oldest].key
    return remove(key).map { (key, $0) }
  }

  private mutating func unlink(_ index: Int) {
    let (previous, next) = (nodes[index].previous, nodes[index].next)
    if previous == Self.none { newest = next } else { nodes[previous].next = next }
    if next == Self.none { oldest = previous } else { nodes[next].previous = previous }
  }

  private mutating func linkNewest(_ index: Int) {
    nodes[index].previous = Self.none
    nodes[index].next = newest
    if newest == Self.none { oldest = index } else { nodes[newest].previous = index }
    newest = index
  }
}
