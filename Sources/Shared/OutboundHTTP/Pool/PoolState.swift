internal import NIOCore

/// Which connections are open, and who waits for one. Without I/O: the pool does what this tells it.
struct PoolState<Connection: AnyObject & Sendable, Waiter: Sendable>: Sendable {
  struct Limits: Sendable {
    var maxConnections: Int
    var maxPerHost: Int
    var maxWaiting: Int
  }

  /// What a request may do.
  enum Grant: Sendable {
    /// Use this kept connection.
    case reuse(Connection)
    /// Open one, after closing another that makes room for it.
    case open(evicting: Connection?)
  }

  enum Answer: Sendable {
    case granted(Grant)
    case waiting
    case overloaded
    case closed
  }

  private struct Idle {
    var key: PoolKey
    var connection: Connection
    var since: NIODeadline
  }

  private struct Waiting {
    var id: UInt64
    var key: PoolKey
    var isFresh: Bool
    var waiter: Waiter
  }

  private let limits: Limits
  /// The longest kept first.
  private var idle: [Idle] = []
  /// Connections in use or being opened.
  private var used: [PoolKey: Int] = [:]
  private var usedTotal = 0
  private var active: [ObjectIdentifier: Connection] = [:]
  private var waiting: [Waiting] = []
  private var isClosed = false

  init(_ limits: Limits) { self.limits = limits }

  var idleCount: Int { idle.count }
  var usedCount: Int { usedTotal }
  var waitingCount: Int { waiting.count }

  /// Asks for a connection. Who has to wait is answered by a later call's `Woken`.
  ///
  /// - Parameter isFresh: not a kept one.
  mutating func acquire(_ key: PoolKey, isFresh: Bool, id: UInt64, waiter: Waiter) -> Answer {
    if isClosed { return .closed }
    if let grant = grant(key, isFresh: isFresh) { return .granted(grant) }
    guard waiting.count < limits.maxWaiting else { return .overloaded }
    waiting.append(Waiting(id: id, key: key, isFresh: isFresh, waiter: waiter))
    return .waiting
  }

  private mutating func grant(_ key: PoolKey, isFresh: Bool) -> Grant? {
    // The one used last is the least likely to have been given up by its server.
    if let index = idle.lastIndex(where: { $0.key == key }) {
      let kept = idle.remove(at: index).connection
      take(key)
      if isFresh { return .open(evicting: kept) }
      active[ObjectIdentifier(kept)] = kept
      return .reuse(kept)
    }
    guard used[key, default: 0] < limits.maxPerHost else { return nil }
    if usedTotal + idle.count < limits.maxConnections {
      take(key)
      return .open(evicting: nil)
    }
    guard !idle.isEmpty else { return nil }
    let evicted = idle.removeFirst().connection
    take(key)
    return .open(evicting: evicted)
  }

  private mutating func take(_ key: PoolKey) {
    used[key, default: 0] += 1
    usedTotal += 1
  }

  /// A connection that was granted is open.
  ///
  /// - Returns: false when the pool was closed meanwhile; the connection must be closed then.
  mutating func opened(_ connection: Connection) -> Bool {
    if isClosed { return false }
    active[ObjectIdentifier(connection)] = connection
    return true
  }

  /// Ends a grant.
  ///
  /// - Parameter connection: kept for others when it can be used again; nil when there is none.
  /// - Returns: whether it is kept.
  mutating func release(_ key: PoolKey, _ connection: Connection?, isReusable: Bool, now: NIODeadline) -> Bool {
    if let left = used[key] {
      used[key] = left > 1 ? left - 1 : nil
      usedTotal -= 1
    }
    guard let connection else { return false }
    active[ObjectIdentifier(connection)] = nil
    guard isReusable, !isClosed else { return false }
    idle.append(Idle(key: key, connection: connection, since: now))
    return true
  }

  /// Forgets a kept connection that has ended, or has been kept since before `deadline`.
  ///
  /// - Returns: whether it was kept until now.
  mutating func forget(_ connection: Connection, keptBefore deadline: NIODeadline = .distantFuture) -> Bool {
    guard let index = idle.firstIndex(where: { $0.connection === connection }), idle[index].since <= deadline else {
      return false
    }
    idle.remove(at: index)
    return true
  }

  /// The next of those that wait who can go on. To be called until nil after any change.
  mutating func wake() -> (waiter: Waiter, grant: Grant)? {
    for index in waiting.indices {
      let next = waiting[index]
      guard let grant = grant(next.key, isFresh: next.isFresh) else { continue }
      waiting.remove(at: index)
      return (next.waiter, grant)
    }
    return nil
  }

  /// Takes one out who waits no longer; nil when it doesn't wait.
  mutating func cancel(_ id: UInt64) -> Waiter? {
    guard let index = waiting.firstIndex(where: { $0.id == id }) else { return nil }
    return waiting.remove(at: index).waiter
  }

  /// Grants nothing from now on.
  ///
  /// - Returns: all connections, to be closed, and all who wait.
  mutating func close() -> (connections: [Connection], waiters: [Waiter]) {
    isClosed = true
    let all = (idle.map(\.connection) + active.values, waiting.map(\.waiter))
    idle = []
    active = [:]
    waiting = []
    return all
  }
}
