internal import CLibpq
internal import NIOCore

/// The one connection that listens for a pool's notifications, and comes back when it breaks. Confined to the I/O
/// thread.
final class ListenHub {
  private unowned let pool: PoolCore
  private var channels: [String: [NotificationBuffer]] = [:]
  private var connection: PostgresConnection?
  private var isConnecting = false
  private var isClosed = false
  private var backoff: Backoff
  private var connectAt: UInt64 = 0

  init(pool: PoolCore) {
    self.pool = pool
    backoff = Backoff(pool.configuration.backoff)
  }

  func subscribe(_ buffer: NotificationBuffer, to channel: String) {
    guard !isClosed else { return buffer.finish(PoolCore.closed) }
    channels[channel, default: []].append(buffer)
    if connection != nil { listen(channel, [buffer]) } else { connect() }
  }

  func unsubscribe(_ buffer: NotificationBuffer, from channel: String) {
    guard var buffers = channels[channel] else { return }
    buffers.removeAll { $0 === buffer }
    guard buffers.isEmpty else {
      channels[channel] = buffers
      return
    }
    channels[channel] = nil
    if channels.isEmpty {
      connection?.close()
    } else {
      send("UNLISTEN", channel) { _ in }
    }
  }

  func close() {
    isClosed = true
    for buffer in channels.values.joined() { buffer.finish(PoolCore.closed) }
    channels.removeAll()
    connection?.close()
  }

  // MARK: The connection

  private func connect() {
    guard connection == nil, !isConnecting, !isClosed, !channels.isEmpty else { return }
    guard pool.thread.now >= connectAt else { return pool.wake(at: connectAt) }
    isConnecting = true
    pool.open { [weak self] result in
      guard let self else {
        if case .success(let opened) = result { opened.discard() }
        return
      }
      connected(result)
    }
  }

  private func connected(_ result: Result<PostgresConnector.Opened, PostgresError>) {
    isConnecting = false
    switch result {
    case .success(let opened):
      guard let connection = PostgresConnection(opened, pool: pool, lifetime: .max) else { return retryLater() }
      guard !isClosed, !channels.isEmpty else { return connection.close() }
      let lease = Lease(deadline: .max)
      lease.state = .granted
      lease.connection = connection
      connection.lease = lease
      connection.listener = self
      self.connection = connection
      for (channel, buffers) in channels { listen(channel, buffers) }
      pool.wake(at: pool.thread.now + pool.configuration.healthCheckInterval.clampedNanoseconds)
    case .failure(let error):
      pool.metrics.recordFailure(error)
      retryLater()
    }
  }

  private func retryLater() {
    var generator = SystemRandomNumberGenerator()
    connectAt = pool.thread.now + backoff.next(using: &generator)
    pool.wake(at: connectAt)
  }

  func connectionClosed() {
    connection = nil
    guard !isClosed, !channels.isEmpty else { return }
    retryLater()
  }

  /// Reconnects and checks that the server is there.
  func tick() {
    guard let connection else { return connect() }
    let now = pool.thread.now
    let grace = pool.configuration.responseGrace.clampedNanoseconds
    let interval = pool.configuration.healthCheckInterval.clampedNanoseconds
    if let pingedAt = connection.pingedAt, now >= pingedAt + grace { return connection.close() }
    if connection.pingedAt == nil, connection.ledger.isEmpty, now &- connection.lastActivity >= interval {
      connection.ping()
    }
    pool.wake(at: now + (connection.pingedAt == nil ? interval : grace))
  }

  // MARK: Statements and notifications

  private func listen(_ channel: String, _ buffers: [NotificationBuffer]) {
    send("LISTEN", channel) { [weak self] result in
      switch result {
      case .success:
        self?.backoff.reset()
        for buffer in buffers { buffer.push(.listening) }
      case .failure(let error as PostgresError) where error.code == .server:
        // The server will not, however often it is asked.
        for buffer in buffers { buffer.finish(error) }
      case .failure:
        self?.connection?.close()
      }
    }
  }

  private func send(
    _ verb: String, _ channel: String, _ done: @escaping (Result<PostgresResult, any Error>) -> Void
  ) {
    guard let connection, let lease = connection.lease else { return }
    let now = pool.thread.now
    let operation = QueryOperation(
      sql: "\(verb) \"\(channel.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\""))\"",
      parameters: PostgresParameters(), isRead: false, started: now,
      deadline: now + pool.configuration.queryTimeout.clampedNanoseconds, lease: lease, eventLoop: nil)
    operation.onFinish = done
    pool.submit(operation)
  }

  func deliver(channel: String, payload: String, processID: Int32) {
    for buffer in channels[channel] ?? [] {
      buffer.push(.notification(PostgresNotification(payload: payload, processID: processID)))
    }
  }
}
