internal import Metrics
internal import NIOCore
internal import Synchronization

/// The connections to one server, and what waits for them. Confined to the I/O thread but for its constants.
final class PoolCore: @unchecked Sendable {
  static let connectWorkers = BlockingWorkers(limit: 16)
  static let cancelWorkers = BlockingWorkers(limit: 8)

  let thread: PostgresIOThread
  let dsn: PostgresDSN
  /// In metrics and traces.
  let name: String
  let configuration: PostgresPoolConfiguration
  private let fallback: PoolCore?
  /// Whether a connection is open; read from any thread.
  let isHealthy = Atomic<Bool>(false)
  /// Of a replica: whether its data is young enough; read from any thread.
  let isUsable = Atomic<Bool>(false)

  // I/O thread only.
  var connections: [PostgresConnection] = []
  var connecting = 0
  var queue = CircularBuffer<QueryOperation>(initialCapacity: 256)
  var waiters = CircularBuffer<Lease>()
  var isDirty = false
  var isClosed = false
  /// When `tick` is due.
  var nextWake = MonotonicClock.never
  var metrics: PoolMetrics
  var backoff: Backoff
  var nextConnectAt: UInt64 = 0
  var lastConnectError: PostgresError?
  var broken: [PostgresConnection] = []
  var closing: [UnsafeContinuation<Void, Never>] = []
  var closeDeadline = MonotonicClock.never
  var isFinishingClose = false
  var listener: ListenHub?
  /// Of a replica whose age is bounded.
  var watch: ReplicaWatch?
  private var lastSequence: UInt64 = 0
  private var batch: [QueryOperation] = []

  /// - Parameter fallback: where statements go that wait for this server while no connection to it is open.
  init(
    thread: PostgresIOThread, dsn: PostgresDSN, configuration: PostgresPoolConfiguration, name: String,
    fallback: PoolCore? = nil
  ) {
    self.name = name
    self.fallback = fallback
    self.thread = thread
    self.dsn = dsn
    self.configuration = configuration
    metrics = PoolMetrics(
      pool: name, limit: configuration.maximumConnections,
      factory: configuration.metricsFactory ?? MetricsSystem.factory)
    backoff = Backoff(configuration.backoff)
  }

  func start() {
    thread.register(self)
    if let fallback, let maximumLag = configuration.maximumReplicaLag {
      watch = ReplicaWatch(
        replica: self, primary: fallback, maximumLag: maximumLag,
        factory: configuration.metricsFactory ?? MetricsSystem.factory)
    } else {
      isUsable.store(true, ordering: .relaxed)
    }
    wake(at: thread.now)
  }

  func wake(at time: UInt64) { nextWake = min(nextWake, time) }

  // MARK: Work arrives

  func submit(_ operation: QueryOperation) {
    guard operation.state == .created else { return }
    if let reason = operation.cancellation {
      return finish(operation, .failure(PostgresError.ended(reason, wasSent: false)))
    }
    if let lease = operation.lease {
      guard lease.state == .granted, let connection = lease.connection else {
        return finish(operation, .failure(Self.leaseLost))
      }
      operation.state = .queued
      wake(at: operation.deadline)
      return connection.enqueue(.query(operation))
    }
    guard !isClosed else { return finish(operation, .failure(Self.closed)) }
    guard queue.count < configuration.maximumWaiting else {
      return finish(
        operation,
        .failure(PostgresError(.overloaded, "\(queue.count) statements wait for a connection: try again later")))
    }
    operation.state = .queued
    lastSequence += 1
    operation.sequence = lastSequence
    wake(at: min(operation.deadline, acquisitionDeadline(operation)))
    queue.append(operation)
    thread.markDirty(self)
  }

  /// Puts a statement that was not executed in front of what waits.
  func requeue(_ operation: QueryOperation) {
    guard operation.state != .finished else { return }
    guard !isClosed else { return finish(operation, .failure(Self.closed)) }
    operation.state = .queued
    queue.prepend(operation)
    thread.markDirty(self)
  }

  func submit(_ lease: Lease) {
    if let reason = lease.cancellation { return lease.finish(.failure(PostgresError.ended(reason, wasSent: false))) }
    guard !isClosed else { return lease.finish(.failure(Self.closed)) }
    guard waiters.count < configuration.maximumWaiting else {
      return lease.finish(
        .failure(PostgresError(.overloaded, "\(waiters.count) tasks wait for a connection: try again later")))
    }
    lastSequence += 1
    lease.sequence = lastSequence
    wake(at: lease.deadline)
    waiters.append(lease)
    thread.markDirty(self)
  }

  func submit(_ operation: any ExclusiveOperation, lease: Lease) {
    guard lease.state == .granted, let connection = lease.connection else { return operation.fail(Self.leaseLost) }
    wake(at: operation.deadline)
    connection.enqueue(.exclusive(operation))
  }

  // MARK: Work is given up

  func withdraw(_ operation: QueryOperation, reason: PostgresError.Code) {
    guard operation.state != .finished, operation.cancellation == nil else { return }
    operation.cancellation = reason
    operation.cancelledAt = thread.now
    switch operation.state {
    case .created, .finished: break
    case .queued:
      // What is in a queue still is dropped when its turn comes.
      finish(operation, .failure(PostgresError.ended(reason, wasSent: false)))
    case .sent:
      // A read's answer is of no use any more; a write's caller hears whether it was cancelled, within the grace.
      if operation.isRead { finish(operation, .failure(PostgresError.ended(reason, wasSent: false))) }
      wake(at: thread.now + configuration.responseGrace.clampedNanoseconds)
      for connection in connections { connection.askForCancelIfDue() }
    }
  }

  func withdraw(_ lease: Lease, reason: PostgresError.Code) {
    guard lease.state == .waiting else { return }
    lease.cancellation = reason
    if let index = waiters.firstIndex(where: { $0 === lease }) {
      waiters.remove(at: index)
      lease.state = .over
      thread.markDirty(self)
      lease.finish(.failure(PostgresError.ended(reason, wasSent: false)))
    }
  }

  /// The holder is done. A connection in doubt (`reuse` false, or in a transaction) is closed.
  func release(_ lease: Lease, reuse: Bool) {
    guard lease.state == .granted, let connection = lease.connection else {
      lease.state = .over
      return
    }
    lease.state = .over
    lease.connection = nil
    connection.lease = nil
    let isClean = connection.ledger.isEmpty && connection.exclusive == nil && connection.leaseWork.isEmpty
    if reuse, isClean, !connection.isInTransaction, !isClosed {
      connectionMoved(connection)
    } else {
      connection.close()
    }
    thread.markDirty(self)
  }

  // MARK: Answers

  func finish(_ operation: QueryOperation, _ outcome: Result<PostgresResult, any Error>) {
    guard operation.state != .finished else { return }
    operation.state = .finished
    operation.outcome = outcome
    switch outcome {
    case .success: metrics.recordSuccess(nanoseconds: thread.now &- operation.started)
    case .failure(let error): metrics.recordFailure(error)
    }
    if let onFinish = operation.onFinish {
      operation.onFinish = nil
      onFinish(outcome)
    }
    thread.complete(operation)
  }

  func acquisitionDeadline(_ operation: QueryOperation) -> UInt64 {
    MonotonicClock.deadline(after: configuration.acquisitionTimeout, from: operation.started)
  }

  static let closed = PostgresError(.poolClosed, "the pool is closed")
  static let leaseLost = PostgresError(
    .connectionLost, "the connection that the transaction or stream was on is gone: run the whole of it again")

  // MARK: Sharing out

  /// Gives waiting work to connections: the oldest first, whether it wants a whole connection or a share of one.
  func dispatch() {
    closeBroken()
    passOn()
    releaseSpareReservations()
    while true {
      let waiter = waiters.first
      while let head = queue.first, head.state == .finished { queue.removeFirst() }
      let head = queue.first
      if let waiter, head.map({ waiter.sequence < $0.sequence }) ?? true {
        if let idle = connections.first(where: { $0.isIdle && $0.takesShared }) {
          waiters.removeFirst()
          grant(waiter, idle)
          continue
        }
        reserveForWaiters()
        guard head != nil, sendShared(useReserved: false) else { break }
      } else if head != nil {
        guard sendShared(useReserved: waiter == nil || connections.allSatisfy { $0.isReserved || $0.lease != nil })
        else {
          if waiter != nil, let idle = connections.first(where: { $0.isIdle && $0.takesShared }), let waiter {
            waiters.removeFirst()
            grant(waiter, idle)
            continue
          }
          break
        }
      } else {
        break
      }
    }
    closeBroken()
    connectAsNeeded()
    updateMetrics()
  }

  private func grant(_ lease: Lease, _ connection: PostgresConnection) {
    connection.lease = lease
    connection.isReserved = false
    lease.connection = connection
    lease.state = .granted
    lease.finish(.success(()))
  }

  /// Keeps as many connections from taking shared statements as tasks wait for a whole one.
  private func reserveForWaiters() {
    var missing = waiters.count - connections.reduce(0) { $0 + ($1.isReserved ? 1 : 0) }
    while missing > 0,
      let next = connections.filter({ $0.lease == nil && !$0.isReserved && !$0.isClosed }).min(by: isLessBusy)
    {
      next.isReserved = true
      missing -= 1
    }
  }

  /// Gives back what was kept for tasks that no longer wait.
  private func releaseSpareReservations() {
    var spare = connections.reduce(0) { $0 + ($1.isReserved ? 1 : 0) } - waiters.count
    for connection in connections where connection.isReserved && spare > 0 {
      connection.isReserved = false
      spare -= 1
    }
  }

  /// Gives what waits for a server that is gone to another that can answer as well.
  private func passOn() {
    guard let fallback, connections.isEmpty, !isClosed else { return }
    while let operation = queue.popFirst() {
      guard operation.state != .finished else { continue }
      operation.state = .created
      operation.core = fallback
      fallback.submit(operation)
    }
  }

  private func isLessBusy(_ left: PostgresConnection, _ right: PostgresConnection) -> Bool {
    left.ledger.operationCount < right.ledger.operationCount
  }

  /// Sends what is queued on the connection with the least to do.
  /// - Returns: whether anything was sent.
  private func sendShared(useReserved: Bool) -> Bool {
    var best: PostgresConnection?
    for connection in connections where connection.takesShared {
      if connection.isReserved, !useReserved || !connection.ledger.isEmpty { continue }
      if let current = best, !isLessBusy(connection, current) { continue }
      best = connection
    }
    guard let best else { return false }
    // A burst is spread over connections in the groups that share a Sync: as cheap as on one, and sooner done.
    let room = min(configuration.maximumPipelineDepth - best.ledger.operationCount, PostgresConnection.groupSize)
    guard room > 0 else { return false }
    batch.removeAll(keepingCapacity: true)
    while batch.count < room, let operation = queue.popFirst() {
      if operation.state != .finished { batch.append(operation) }
    }
    guard !batch.isEmpty else { return false }
    best.send(batch)
    batch.removeAll(keepingCapacity: true)
    return true
  }

  private func updateMetrics() {
    metrics.update(
      inUse: connections.reduce(0) { $0 + ($1.isIdle ? 0 : 1) }, open: connections.count,
      waiting: queue.count + waiters.count)
  }
}
