/// What is known of a pipeline's commands while they are sent to their nodes, in rounds.
struct ClusterPipeline {
  private let slots: [Int?]
  private var outcomes: [Result<RESPValue, RedisError>?]
  private var open: Set<Int> = []
  private var asking: [Int] = []
  private var last: RedisError?
  /// Some command of this round needs time: for its node, or for the cluster.
  private(set) var mustPause = false
  /// Something in this round tells that slots or nodes have changed.
  private(set) var isMapSuspect = false

  /// Commands whose keys need more than one slot have failed already.
  init(_ commands: [RedisCommand]) {
    var slots = [Int?](repeating: nil, count: commands.count)
    outcomes = Array(repeating: nil, count: commands.count)
    for (index, command) in commands.enumerated() {
      switch Result(catching: { () throws(RedisError) in try HashSlot.of(command) }) {
      case .success(let slot):
        slots[index] = slot
        open.insert(index)
      case .failure(let error):
        outcomes[index] = .failure(error)
      }
    }
    self.slots = slots
  }

  var isDone: Bool { open.isEmpty }

  /// What is open and has a node, by node, in the commands' order.
  ///
  /// - Parameter node: the node of a slot; without a slot any.
  mutating func beginRound(_ node: (Int?) -> RedisEndpoint?) -> [RedisEndpoint: [Int]] {
    (mustPause, isMapSuspect) = (false, false)
    let any = node(nil)
    var groups: [RedisEndpoint: [Int]] = [:]
    for index in open.sorted() {
      if let endpoint = slots[index] == nil ? any : node(slots[index]) {
        groups[endpoint, default: []].append(index)
      } else {
        last = RedisError(.notConnected, "no node serves the key's slot; repair the cluster")
        (mustPause, isMapSuspect) = (true, true)
      }
    }
    return groups
  }

  /// Takes a result; returns what it tells of its slot's new owner.
  mutating func take(
    _ result: Result<RESPValue, RedisError>, of index: Int, from endpoint: RedisEndpoint
  ) -> (slot: Int, owner: RedisEndpoint)? {
    guard case .failure(let error) = result else {
      finish(index, result)
      return nil
    }
    switch ClusterRedirection(error, asked: endpoint) {
    case .moved(let slot, let owner):
      isMapSuspect = true
      last = error
      return (slot, owner)
    case .ask:
      open.remove(index)
      asking.append(index)
    case .later:
      (mustPause, isMapSuspect) = (true, true)
      last = error
    case nil:
      if error.code != .server { isMapSuspect = true }
      guard error.isUnsent else {
        finish(index, result)
        break
      }
      mustPause = true
      last = error
    }
    return nil
  }

  /// The commands whose key is being moved, once.
  mutating func takeAsking() -> [Int] {
    defer { asking = [] }
    return asking.sorted()
  }

  mutating func finish(_ index: Int, _ result: Result<RESPValue, RedisError>) {
    open.remove(index)
    outcomes[index] = result
  }

  /// A round could not begin. Everything open fails, unless the error may pass.
  mutating func fail(_ error: RedisError) {
    last = error
    (mustPause, isMapSuspect) = (true, true)
    guard !error.isUnsent else { return }
    for index in open { outcomes[index] = .failure(error) }
    open = []
  }

  /// Each command's outcome; those that are still open were not executed.
  var results: [Result<RESPValue, RedisError>] {
    outcomes.map { $0 ?? .failure(RedisClusterClient.unsettled(last)) }
  }
}
