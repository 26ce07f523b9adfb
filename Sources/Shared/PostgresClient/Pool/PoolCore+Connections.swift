internal import NIOCore
internal import Synchronization

/// What other threads carry and only the I/O thread uses.
private struct ThreadConfined<Value>: @unchecked Sendable {
  let value: Value
  init(_ value: Value) { self.value = value }
}

/// Opening, checking and closing connections.
extension PoolCore {
  // MARK: Opening

  /// Opens connections up to the minimum, and up to the maximum while those there are have more than they can do.
  func connectAsNeeded() {
    guard !isClosed else { return }
    let open = connections.count + connecting
    var wanted = configuration.minimumConnections
    let isBusy = !connections.contains { $0.isIdle && $0.takesShared }
    if !waiters.isEmpty || !queue.isEmpty || (isBusy && !connections.isEmpty && hasSharedWork) {
      wanted = max(wanted, open - connecting + max(1, waiters.count))
    }
    wanted = min(wanted, configuration.maximumConnections)
    guard open < wanted else { return }
    guard thread.now >= nextConnectAt else { return wake(at: nextConnectAt) }
    // After a failure one attempt goes ahead; the others follow when it has succeeded.
    let count = lastConnectError == nil ? wanted - open : (connecting == 0 ? 1 : 0)
    for _ in 0..<count { connect() }
  }

  private var hasSharedWork: Bool {
    connections.contains { $0.lease == nil && $0.ledger.operationCount > 0 }
  }

  private func connect() {
    connecting += 1
    open { self.connected($0) }
  }

  /// Connects on another thread and comes back to this one with the result.
  func open(_ completion: @escaping (Result<PostgresConnector.Opened, PostgresError>) -> Void) {
    let deadline = MonotonicClock.deadline(after: configuration.connectTimeout, from: thread.now)
    let (dsn, name, thread) = (dsn, configuration.name, thread)
    let comingBack = ThreadConfined(completion)
    PoolCore.connectWorkers.run {
      let result: Result<PostgresConnector.Opened, PostgresError>
      do throws(PostgresError) {
        result = .success(try PostgresConnector.open(dsn: dsn, applicationName: name, deadline: deadline))
      } catch {
        result = .failure(error)
      }
      thread.run { comingBack.value(result) }
    }
  }

  /// The hub of this pool's notifications, made when it is first needed.
  func listenHub() -> ListenHub {
    if let listener { return listener }
    let hub = ListenHub(pool: self)
    if isClosed { hub.close() }
    listener = hub
    return hub
  }

  private func connected(_ result: Result<PostgresConnector.Opened, PostgresError>) {
    connecting -= 1
    thread.markDirty(self)
    switch result {
    case .success(let opened):
      let age = configuration.maximumConnectionAge.clampedNanoseconds
      let lifetime = age - age / 10 + UInt64.random(in: 0...(age / 5))
      guard let connection = PostgresConnection(opened, pool: self, lifetime: lifetime) else {
        return connectFailed(PostgresError(.connectFailed, "\(dsn): the connection cannot be polled"))
      }
      guard !isClosed else {
        connection.close()
        return
      }
      backoff.reset()
      nextConnectAt = 0
      lastConnectError = nil
      connections.append(connection)
      isHealthy.store(true, ordering: .relaxed)
      wake(at: thread.now + configuration.healthCheckInterval.clampedNanoseconds)
      finishClosing()
    case .failure(let error):
      connectFailed(error)
    }
  }

  private func connectFailed(_ error: PostgresError) {
    lastConnectError = error
    metrics.recordFailure(error)
    var generator = SystemRandomNumberGenerator()
    nextConnectAt = thread.now + backoff.next(using: &generator)
    wake(at: nextConnectAt)
    finishClosing()
    // Wrong credentials do not become right by waiting.
    if connections.isEmpty, error.sqlState?.isPermanentConnectFailure == true { failWaiting(error) }
  }

  func failWaiting(_ error: PostgresError) {
    while let operation = queue.popFirst() { finish(operation, .failure(error)) }
    while let waiter = waiters.popFirst() {
      waiter.state = .over
      waiter.finish(.failure(error))
    }
  }

  // MARK: Closing

  func breakLater(_ connection: PostgresConnection) {
    if !broken.contains(where: { $0 === connection }) { broken.append(connection) }
    thread.markDirty(self)
  }

  func closeBroken() {
    while let connection = broken.popLast() { connection.close() }
  }

  /// Everyone who waits on a closed connection hears of it; reads of others go elsewhere.
  func connectionClosed(_ connection: PostgresConnection) {
    connections.removeAll { $0 === connection }
    if connections.isEmpty { isHealthy.store(false, ordering: .relaxed) }
    thread.markDirty(self)
    let lost = "the connection to \(dsn) broke"
    for (operation, _) in connection.unconfirmed {
      finish(operation, .failure(PostgresError.connectionLost(lost, wasSent: true)))
    }
    connection.unconfirmed.removeAll()
    for operation in connection.ledger.removeAll().reversed() {
      operation.resends += 1
      if operation.isRead, operation.lease == nil, operation.cancellation == nil,
        operation.resends <= PostgresConnection.maximumResends
      {
        requeue(operation)
      } else {
        finish(operation, .failure(PostgresError.connectionLost(lost, wasSent: !operation.isRead)))
      }
    }
    for work in connection.leaseWork {
      switch work {
      case .query(let operation): finish(operation, .failure(PostgresError.connectionLost(lost, wasSent: false)))
      case .exclusive(let operation): operation.fail(PostgresError.connectionLost(lost, wasSent: false))
      }
    }
    connection.leaseWork.removeAll()
    connection.exclusive?.fail(PostgresError.connectionLost(lost, wasSent: true))
    connection.exclusive = nil
    connection.takeOnSync()?()
    if let lease = connection.lease {
      lease.state = .lost
      lease.connection = nil
      connection.lease = nil
      lease.onLoss?()
    }
    connection.listener?.connectionClosed()
    finishClosing()
  }

  /// A connection has had answers: it may be free now.
  func connectionMoved(_ connection: PostgresConnection) {
    guard !connection.isClosed else { return }
    retireIfOld(connection)
    if connection.isRetiring, connection.isIdle { return connection.close() }
    if !queue.isEmpty || !waiters.isEmpty || isClosed { thread.markDirty(self) }
    if isClosed { finishClosing() }
  }

  func cancelReturned(token: UInt64) {
    connections.first { $0.token == token }?.cancelReturned()
  }

  /// Takes no more work, lets what was sent finish until `deadline`, and tells `continuation` when all is closed.
  func close(deadline: UInt64, _ continuation: UnsafeContinuation<Void, Never>) {
    isClosed = true
    closing.append(continuation)
    failWaiting(Self.closed)
    listener?.close()
    closeDeadline = deadline
    wake(at: deadline)
    finishClosing()
  }

  func finishClosing() {
    guard isClosed, !isFinishingClose else { return }
    isFinishingClose = true
    defer { isFinishingClose = false }
    for connection in connections where connection.isIdle || thread.now >= closeDeadline { connection.close() }
    guard connections.isEmpty, connecting == 0 else { return }
    thread.unregister(self)
    for continuation in closing { continuation.resume() }
    closing.removeAll()
  }
}
