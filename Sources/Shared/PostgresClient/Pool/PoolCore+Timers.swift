internal import NIOCore

/// What is due: deadlines, health checks, ages, the next attempt to connect.
extension PoolCore {
  /// The shortest time between two rounds, so that many different deadlines do not make many rounds.
  private static let tickInterval: UInt64 = 2_000_000

  /// Looks at everything that has a time; there is little of it, since what runs at once is bounded.
  func tick() {
    nextWake = MonotonicClock.never
    expireQueue()
    expireWaiters()
    for connection in connections { check(connection) }
    listener?.tick()
    watch?.tick()
    if isClosed { finishClosing() }
    connectAsNeeded()
    if nextWake != MonotonicClock.never { nextWake = max(nextWake, thread.now + Self.tickInterval) }
    thread.markDirty(self)
  }

  private func expireQueue() {
    for operation in queue where operation.state != .finished {
      let acquisition = acquisitionDeadline(operation)
      if operation.deadline <= thread.now {
        withdraw(operation, reason: .timeout)
      } else if acquisition <= thread.now {
        finish(operation, .failure(poolTimeout()))
      } else {
        wake(at: min(operation.deadline, acquisition))
      }
    }
    if queue.contains(where: { $0.state == .finished }) { queue.removeAll { $0.state == .finished } }
  }

  private func expireWaiters() {
    guard !waiters.isEmpty else { return }
    for waiter in waiters {
      if waiter.deadline <= thread.now {
        waiter.state = .over
        waiter.finish(.failure(poolTimeout()))
      } else {
        wake(at: waiter.deadline)
      }
    }
    waiters.removeAll { $0.state == .over }
  }

  private func poolTimeout() -> PostgresError {
    PostgresError(
      .poolTimeout,
      connections.isEmpty
        ? "no connection to \(dsn) could be made in time" : "no connection became free in time: all of them are busy",
      cause: lastConnectError)
  }

  private func check(_ connection: PostgresConnection) {
    guard !connection.isClosed else { return }
    expireWork(of: connection)
    let interval = configuration.healthCheckInterval.clampedNanoseconds
    let grace = configuration.responseGrace.clampedNanoseconds
    if let pingedAt = connection.pingedAt {
      if thread.now >= pingedAt + grace { return connection.close() }
      wake(at: pingedAt + grace)
    }
    retireIfOld(connection)
    if connection.isIdle {
      let isSpare = connections.count > configuration.minimumConnections
      let spareUntil = MonotonicClock.deadline(after: configuration.idleTimeout, from: connection.lastWork)
      if connection.isRetiring || (isSpare && thread.now >= spareUntil) { return connection.close() }
      if isSpare { wake(at: spareUntil) }
      if thread.now &- connection.lastActivity >= interval { connection.ping() }
    }
    wake(at: thread.now + interval)
    // One that is past its age is closed when it comes free: no need to look again before.
    if connection.expiresAt > thread.now { wake(at: connection.expiresAt) }
  }

  /// Has a connection past its age take no more work, once nobody holds it.
  func retireIfOld(_ connection: PostgresConnection) {
    if connection.expiresAt <= thread.now, connection.lease == nil { connection.isRetiring = true }
  }

  private func expireWork(of connection: PostgresConnection) {
    let grace = configuration.responseGrace.clampedNanoseconds
    var isStuck = false
    let underWay = connection.ledger.operations + connection.unconfirmed.map(\.operation)
    for (index, operation) in underWay.enumerated() {
      if operation.deadline <= thread.now { withdraw(operation, reason: .timeout) }
      guard operation.cancellation != nil else {
        wake(at: operation.deadline)
        continue
      }
      if thread.now >= operation.cancelledAt + grace {
        finish(operation, .failure(PostgresError.ended(operation.cancellation ?? .timeout, wasSent: true)))
        // The server executes it still, or is gone: without it, those behind would wait for ever.
        if index == 0 { isStuck = true }
      } else {
        wake(at: operation.cancelledAt + grace)
      }
    }
    for work in connection.leaseWork {
      guard case .query(let operation) = work, operation.state != .finished else { continue }
      if operation.deadline <= thread.now {
        withdraw(operation, reason: .timeout)
      } else {
        wake(at: operation.deadline)
      }
    }
    if let exclusive = connection.exclusive, exclusive.deadline <= thread.now, exclusive.cancellation == nil {
      exclusive.cancellation = .timeout
      connection.askForCancelIfDue()
      // A COPY in, and a consumer that stands still, are moved on from here.
      exclusive.progress(on: connection)
      connection.exclusiveMoved()
    }
    connection.askForCancelIfDue()
    if connection.cancelState == .asked { wake(at: max(connection.cancelRepeatAt, thread.now + Self.tickInterval)) }
    if let exclusive = connection.exclusive {
      if exclusive.cancellation == nil {
        wake(at: exclusive.deadline)
      } else if connection.cancelAskedAt + grace <= thread.now {
        isStuck = true
      } else {
        wake(at: connection.cancelAskedAt + grace)
      }
    }
    if isStuck { connection.close() }
  }
}
