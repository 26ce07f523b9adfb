internal import HTTPTransport
internal import NIOCore

/// What a connection pool knows and decides; no I/O, no clock. After each change the pool asks `decide` what to do.
struct ConnectionPoolState {
  struct Picked: Sendable {
    let address: SocketAddress
    let connection: any HTTPClientConnection
  }

  struct Waiter {
    let continuation: CheckedContinuation<Picked, any Error>
    let waitForReady: Bool
    let timer: Scheduled<Void>?
  }

  enum Action {
    case connect(SocketAddress, ConnectionBackoff.Attempt)
    case resolve
    case wake(NIODeadline)
    case succeed(Waiter, Picked)
    case fail(Waiter, RPCError)
    case drain(any HTTPClientConnection)
    case close(any HTTPClientConnection)
    case cancel(Scheduled<Void>)
  }

  private struct Subchannel {
    var state = ConnectivityState.idle
    /// What calls see: a failed endpoint shows so until it is ready again.
    var shown = ConnectivityState.idle
    var connection: (any HTTPClientConnection)?
    var outstanding = 0
    var backoff: ConnectionBackoff
    /// In TRANSIENT_FAILURE: when the next attempt may start.
    var retryAt: NIODeadline?

    mutating func enter(_ next: ConnectivityState) {
      state = next
      shown = shown.shown(after: next)
    }
  }

  private let configuration: ConnectionPool.Configuration
  private var balancer: Balancer<SocketAddress>
  private var subchannels: [SocketAddress: Subchannel] = [:]
  private var schedule: ResolutionSchedule
  private var hasAddresses = false
  private var isStarted = false
  private var isShutdown = false
  private var lastError: RPCError?
  private var waiters: [(id: UInt64, waiter: Waiter)] = []
  private var nextID: UInt64 = 0
  private var random = SystemRandomNumberGenerator()
  private var pending: [Action] = []
  private var wakeAt: NIODeadline?
  private var wakeTimer: Scheduled<Void>?
  /// Lookups and connection attempts under way.
  var tasks: [UInt64: Task<Void, Never>] = [:]

  init(_ configuration: ConnectionPool.Configuration) {
    self.configuration = configuration
    balancer = Balancer(configuration.policy)
    schedule = ResolutionSchedule(configuration.resolution)
  }

  var connectivity: ConnectivityState {
    if isShutdown { return .shutdown }
    if !isStarted { return .idle }
    if !hasAddresses { return lastError == nil ? .connecting : .transientFailure }
    return ConnectivityState.aggregate(subchannels.values.map(\.shown))
  }

  mutating func makeWaiterID() -> UInt64 {
    nextID += 1
    return nextID
  }

  // MARK: Events

  /// A ready connection by the policy, counted as outstanding; nil when a call has to wait or fail.
  mutating func pickReady() -> Picked? {
    guard case .endpoint(let address) = pick() else { return nil }
    return take(address)
  }

  mutating func giveBack(_ address: SocketAddress) {
    guard let count = subchannels[address]?.outstanding, count > 0 else { return }
    subchannels[address]?.outstanding = count - 1
  }

  mutating func addWaiter(_ id: UInt64, _ waiter: Waiter) {
    isStarted = true
    waiters.append((id, waiter))
  }

  mutating func failWaiter(_ id: UInt64, _ error: RPCError) {
    guard let index = waiters.firstIndex(where: { $0.id == id }) else { return }
    pending.append(.fail(waiters.remove(at: index).waiter, error))
  }

  mutating func resolved(_ addresses: [SocketAddress]) {
    schedule.didFinish(successfully: true)
    guard !isShutdown else { return }
    hasAddresses = true
    balancer.update(endpoints: addresses)
    let wanted = Set(addresses)
    for (address, subchannel) in subchannels where !wanted.contains(address) {
      if let connection = subchannel.connection { pending.append(.drain(connection)) }
      subchannels[address] = nil
    }
    for address in addresses where subchannels[address] == nil {
      subchannels[address] = Subchannel(backoff: ConnectionBackoff(configuration.backoff))
    }
  }

  mutating func resolutionFailed(_ error: RPCError) {
    schedule.didFinish(successfully: false)
    lastError = error
  }

  mutating func connected(_ address: SocketAddress, _ connection: any HTTPClientConnection) {
    guard !isShutdown, subchannels[address] != nil else {
      pending.append(.close(connection))
      return
    }
    subchannels[address]?.connection = connection
    subchannels[address]?.backoff.reset()
    subchannels[address]?.enter(.ready)
  }

  mutating func connectFailed(_ address: SocketAddress, retryAt: NIODeadline, error: RPCError) {
    lastError = error
    schedule.request()
    subchannels[address]?.retryAt = retryAt
    subchannels[address]?.enter(.transientFailure)
  }

  /// The connection takes no more calls.
  mutating func connectionLost(_ id: ObjectIdentifier, error: RPCError?) {
    if let error { lastError = error }
    for (address, subchannel) in subchannels {
      guard let connection = subchannel.connection, ObjectIdentifier(connection) == id else { continue }
      subchannels[address]?.connection = nil
      subchannels[address]?.enter(.idle)
      schedule.request()
    }
  }

  mutating func wakeUp(_ instant: NIODeadline) {
    if wakeAt == instant {
      wakeAt = nil
      wakeTimer = nil
    }
  }

  mutating func keep(_ timer: Scheduled<Void>, for instant: NIODeadline) {
    if wakeAt == instant { wakeTimer = timer } else { timer.cancel() }
  }

  mutating func shutdown() {
    isShutdown = true
    let error = RPCError(code: .unavailable, message: "the channel is shut down")
    for (_, waiter) in waiters { pending.append(.fail(waiter, error)) }
    waiters.removeAll()
    for subchannel in subchannels.values {
      if let connection = subchannel.connection { pending.append(.close(connection)) }
    }
    subchannels.removeAll()
    if let wakeTimer { pending.append(.cancel(wakeTimer)) }
    wakeTimer = nil
    wakeAt = nil
  }

  // MARK: Decisions

  /// What to do now. Empty when nothing is.
  mutating func decide(at now: NIODeadline) -> [Action] {
    var wake: NIODeadline?
    if isStarted, !isShutdown {
      serveWaiters()
      for (address, subchannel) in subchannels {
        guard subchannel.state == .transientFailure, let retryAt = subchannel.retryAt else { continue }
        if now >= retryAt {
          subchannels[address]?.enter(.idle)
        } else {
          wake = min(wake ?? retryAt, retryAt)
        }
      }
      // A failed pick_first goes on trying: calls that do not wait would otherwise fail for ever.
      if configuration.policy != .pickFirst || !waiters.isEmpty || connectivity == .transientFailure {
        connectIdle(at: now)
      }
      switch schedule.next(at: now, using: &random) {
      case .resolve: pending.append(.resolve)
      case .wait(let until): wake = min(wake ?? until, until)
      case .sleep: break
      }
    } else if isShutdown {
      serveWaiters()
    }
    if let wake, wakeAt.map({ wake < $0 }) ?? true {
      if let wakeTimer { pending.append(.cancel(wakeTimer)) }
      wakeTimer = nil
      wakeAt = wake
      pending.append(.wake(wake))
    }
    defer { pending.removeAll() }
    return pending
  }

  private mutating func connectIdle(at now: NIODeadline) {
    for address in balancer.endpointsToConnect(state: { subchannels[$0]?.state ?? .shutdown }) {
      guard let attempt = subchannels[address]?.backoff.attempt(at: now, using: &random) else { continue }
      subchannels[address]?.enter(.connecting)
      pending.append(.connect(address, attempt))
    }
  }

  private mutating func serveWaiters() {
    guard !waiters.isEmpty else { return }
    if isShutdown {
      let error = RPCError(code: .unavailable, message: "the channel is shut down")
      for (_, waiter) in waiters { pending.append(.fail(waiter, error)) }
      waiters.removeAll()
      return
    }
    var left: [(id: UInt64, waiter: Waiter)] = []
    for (id, waiter) in waiters {
      switch pick() {
      case .endpoint(let address):
        if let picked = take(address) {
          pending.append(.succeed(waiter, picked))
        } else {
          left.append((id, waiter))
        }
      case .fail where !waiter.waitForReady:
        pending.append(
          .fail(waiter, lastError ?? RPCError(code: .unavailable, message: "no connection could be made")))
      case .fail, .wait: left.append((id, waiter))
      }
    }
    waiters = left
  }

  private mutating func pick() -> Pick<SocketAddress> {
    guard hasAddresses else { return lastError == nil ? .wait : .fail }
    return balancer.pick(
      using: &random, state: { subchannels[$0]?.shown ?? .shutdown },
      outstanding: { subchannels[$0]?.outstanding ?? 0 })
  }

  private mutating func take(_ address: SocketAddress) -> Picked? {
    guard let connection = subchannels[address]?.connection else { return nil }
    subchannels[address]?.outstanding += 1
    return Picked(address: address, connection: connection)
  }
}
