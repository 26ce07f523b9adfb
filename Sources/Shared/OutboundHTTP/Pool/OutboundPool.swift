internal import HTTPTransport
internal import NIOConcurrencyHelpers
internal import NIOCore
internal import Synchronization

/// Keeps connections open between requests, within its limits.
final class OutboundPool: HTTPClientConnectionDelegate, Sendable {
  fileprivate typealias State = PoolState<HTTP1ClientConnection, Waiter>

  /// Someone who waits for a grant.
  fileprivate struct Waiter: Sendable {
    var continuation: CheckedContinuation<Lease.Kind, any Error>
  }

  /// The right to one connection; ends with `release`.
  struct Lease: Sendable {
    enum Kind: Sendable {
      case reused(HTTP1ClientConnection)
      case new
    }

    var key: PoolKey
    var kind: Kind
  }

  private let state: NIOLockedValueBox<State>
  private let nextID = Atomic<UInt64>(0)
  private let idleTimeout: TimeAmount

  init(_ configuration: OutboundConfiguration) {
    idleTimeout = TimeAmount(configuration.idleTimeout)
    state = NIOLockedValueBox(
      State(
        State.Limits(
          maxConnections: configuration.maxConnections, maxPerHost: configuration.maxConnectionsPerHost,
          maxWaiting: configuration.maxWaiting)))
  }

  /// Waits for a kept connection or the right to open one.
  ///
  /// - Parameter isFresh: only the right to open one.
  /// - Throws: `OutboundError` `.overloaded` or `.shutDown`, `CancellationError`.
  func lease(_ key: PoolKey, isFresh: Bool) async throws -> Lease {
    let id = nextID.wrappingAdd(1, ordering: .relaxed).newValue
    let kind = try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        let waiter = Waiter(continuation: continuation)
        let answer = state.withLockedValue { $0.acquire(key, isFresh: isFresh, id: id, waiter: waiter) }
        switch answer {
        case .granted(let grant): Self.resume(waiter, grant)
        case .waiting: if Task.isCancelled { cancel(id) }
        case .overloaded:
          continuation.resume(
            throwing: OutboundError(.overloaded, "too many requests wait for a connection; try again later"))
        case .closed: continuation.resume(throwing: Self.shutDown)
        }
      }
    } onCancel: {
      cancel(id)
    }
    return Lease(key: key, kind: kind)
  }

  private static let shutDown = OutboundError(.shutDown, "the client is shut down")

  private func cancel(_ id: UInt64) {
    state.withLockedValue { $0.cancel(id) }?.continuation.resume(throwing: CancellationError())
  }

  private static func resume(_ waiter: Waiter, _ grant: State.Grant) {
    switch grant {
    case .reuse(let connection): waiter.continuation.resume(returning: .reused(connection))
    case .open(let evicted):
      evicted?.close()
      waiter.continuation.resume(returning: .new)
    }
  }

  /// To be called when a connection was opened under a lease.
  ///
  /// - Throws: `OutboundError` `.shutDown`; the connection is closed then.
  func opened(_ connection: HTTP1ClientConnection) throws {
    guard state.withLockedValue({ $0.opened(connection) }) else {
      connection.close()
      throw Self.shutDown
    }
  }

  /// Ends a lease; a connection that can't be used again must be closed already or is closed here.
  func release(_ lease: Lease, _ connection: HTTP1ClientConnection?, isReusable: Bool) {
    let isKept = state.withLockedValue { $0.release(lease.key, connection, isReusable: isReusable, now: .now()) }
    if let connection {
      if isKept { watch(connection) } else { connection.close() }
    }
    wake()
  }

  private func watch(_ connection: HTTP1ClientConnection) {
    let timeout = idleTimeout
    connection.eventLoop.scheduleTask(in: timeout) { [weak self, weak connection] in
      guard let self, let connection else { return }
      guard state.withLockedValue({ $0.forget(connection, keptBefore: .now() - timeout) }) else { return }
      connection.close()
      wake()
    }
    // It may have ended while it was on its way here, and nobody hears of that twice.
    connection.eventLoop.execute { [weak self] in
      guard let self, !connection.isIdle, state.withLockedValue({ $0.forget(connection) }) else { return }
      connection.close()
      wake()
    }
  }

  private func wake() {
    while let (waiter, grant) = state.withLockedValue({ $0.wake() }) { Self.resume(waiter, grant) }
  }

  /// Closes all connections; who waits or asks from now on gets `.shutDown`.
  func close() {
    let (connections, waiters) = state.withLockedValue { $0.close() }
    for connection in connections { connection.close() }
    for waiter in waiters { waiter.continuation.resume(throwing: Self.shutDown) }
  }

  /// Connections kept without a request, for tests.
  var idleCount: Int { state.withLockedValue { $0.idleCount } }
  var usedCount: Int { state.withLockedValue { $0.usedCount } }

  // MARK: HTTPClientConnectionDelegate

  func connectionIsGoingAway(_ connection: any HTTPClientConnection, code: HTTP2ErrorCode, debugData: String) {}

  func connectionEnded(_ connection: any HTTPClientConnection, reason: HTTPTransportError?) {
    guard let connection = connection as? HTTP1ClientConnection else { return }
    if state.withLockedValue({ $0.forget(connection) }) { wake() }
  }
}
