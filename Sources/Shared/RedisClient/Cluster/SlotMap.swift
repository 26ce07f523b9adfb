/// Which node serves which slot.
struct SlotMap: Equatable {
  /// The masters.
  private(set) var nodes: [RedisEndpoint] = []
  /// For each slot an index into `nodes`, or -1.
  private var owners = [Int16](repeating: -1, count: HashSlot.count)

  init() {}

  /// Reads the answer to CLUSTER SLOTS: ranges with their master and replicas.
  ///
  /// - Parameter asked: the node that answered; it stands where the answer names no host.
  /// - Throws: `RedisError` with `.unexpectedReply`.
  init(_ reply: RESPValue, asked: RedisEndpoint) throws {
    for range in try reply.array() {
      let parts = try range.array()
      guard parts.count >= 3 else { throw Self.malformed }
      let (first, last) = (try parts[0].integer(), try parts[1].integer())
      let node = try parts[2].array()
      guard node.count >= 2, (0..<Int64(HashSlot.count)).contains(first), last >= first, last < HashSlot.count else {
        throw Self.malformed
      }
      let host = node[0] == .null ? "" : try node[0].string()
      guard let endpoint = Self.endpoint(host: host, port: try node[1].integer(), asked: asked) else {
        throw Self.malformed
      }
      let owner = try index(of: endpoint)
      for slot in Int(first)...Int(last) { owners[slot] = owner }
    }
  }

  private static var malformed: RedisError {
    RedisError(.unexpectedReply, "CLUSTER SLOTS was not answered with slots and nodes; is it a cluster?")
  }

  /// The endpoint that a host and port stand for; an empty host means the node that was asked.
  static func endpoint(host: String, port: Int64, asked: RedisEndpoint) -> RedisEndpoint? {
    guard (1...65535).contains(port) else { return nil }
    guard host.isEmpty || host == "?" else { return .tcp(host: host, port: Int(port)) }
    guard case .tcp(let asked, _) = asked else { return nil }
    return .tcp(host: asked, port: Int(port))
  }

  /// The node of a slot, or nil when none serves it.
  func node(of slot: Int) -> RedisEndpoint? {
    guard owners.indices.contains(slot), owners[slot] >= 0 else { return nil }
    return nodes[Int(owners[slot])]
  }

  /// Notes that one slot moved.
  mutating func move(_ slot: Int, to node: RedisEndpoint) {
    guard owners.indices.contains(slot), let owner = try? index(of: node) else { return }
    owners[slot] = owner
  }

  /// Whether every slot has a node.
  var isWhole: Bool { !owners.contains(-1) }

  private mutating func index(of node: RedisEndpoint) throws -> Int16 {
    if let known = nodes.firstIndex(of: node) { return Int16(known) }
    // The specification's bound is about 1000 nodes.
    guard nodes.count < 4096 else { throw Self.malformed }
    nodes.append(node)
    return Int16(nodes.count - 1)
  }
}
