package import HTTPTransport
package import Logging
internal import NIOConcurrencyHelpers
package import NIOCore
internal import NIOPosix

/// The connections of a channel: finds addresses, connects as the balancing policy wants, lends connections to calls.
///
/// Nothing happens before the first call. All state is one struct behind one lock (`ConnectionPoolState`); what it
/// decides is carried out after the lock is released.
package final class ConnectionPool: ConnectionProvider, HTTPClientConnectionDelegate {
  package struct Configuration: Sendable {
    /// Where to connect to.
    package var target: Target
    /// Nil for clear text.
    package var tls: TLSClientConfiguration?
    package var policy = LoadBalancingPolicy.pickFirst
    package var http2 = HTTP2Limits()
    package var keepalive: ClientKeepalive?
    package var backoff = ConnectionBackoff.Configuration()
    package var resolution = ResolutionSchedule.Configuration()

    package init(target: Target) { self.target = target }
  }

  private let configuration: Configuration
  private let resolver: any NameResolver
  private let group: any EventLoopGroup
  private let logger: Logger
  private let authority: String
  private let state: NIOLockedValueBox<ConnectionPoolState>

  /// - Parameters:
  ///   - resolver: nil takes the target's own, with DNS by the system.
  ///   - group: the loops that carry the connections.
  package init(
    configuration: Configuration, resolver: (any NameResolver)? = nil, group: any EventLoopGroup, logger: Logger
  ) {
    self.configuration = configuration
    self.resolver =
      resolver
      ?? configuration.target.resolver(lookup: SystemHostLookup(threads: NIOSingletons.posixBlockingThreadPool))
    self.group = group
    self.logger = logger
    authority = configuration.tls?.serverName ?? configuration.target.authority
    state = NIOLockedValueBox(ConnectionPoolState(configuration))
  }

  /// The state of the channel as a whole, in gRPC's terms.
  package var connectivity: ConnectivityState { state.withLockedValue { $0.connectivity } }

  // MARK: For calls

  package func readyConnection() -> ConnectionLease? {
    let picked = state.withLockedValue { $0.pickReady() }
    return picked.map(lease)
  }

  package func connection(waitForReady: Bool, deadline: Deadline) async throws -> ConnectionLease {
    let id = state.withLockedValue { $0.makeWaiterID() }
    let picked = try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        let timer =
          deadline.isNever
          ? nil
          : group.next().scheduleTask(deadline: deadline.instant) {
            self.change {
              $0.failWaiter(
                id, RPCError(code: .deadlineExceeded, message: "the deadline passed before there was a connection"))
            }
          }
        change {
          $0.addWaiter(
            id,
            ConnectionPoolState.Waiter(continuation: continuation, waitForReady: waitForReady, timer: timer))
        }
        if Task.isCancelled { change { $0.failWaiter(id, ClientCall.cancelled) } }
      }
    } onCancel: {
      change { $0.failWaiter(id, ClientCall.cancelled) }
    }
    return lease(picked)
  }

  private func lease(_ picked: ConnectionPoolState.Picked) -> ConnectionLease {
    ConnectionLease(
      connection: picked.connection, scheme: configuration.tls == nil ? "http" : "https", authority: authority
    ) {
      self.state.withLockedValue { $0.giveBack(picked.address) }
    }
  }

  package func shutdown() async {
    let tasks = state.withLockedValue { $0.tasks.values.map { $0 } }
    change { $0.shutdown() }
    for task in tasks { task.cancel() }
    for task in tasks { await task.value }
  }

  // MARK: From connections

  package func connectionIsGoingAway(
    _ connection: any HTTPClientConnection, code: HTTP2ErrorCode, debugData: String
  ) {
    logger.debug("server is going away", metadata: ["code": "\(code)", "reason": "\(debugData)"])
    change { $0.connectionLost(ObjectIdentifier(connection), error: nil) }
  }

  package func connectionEnded(_ connection: any HTTPClientConnection, reason: HTTPTransportError?) {
    let error = reason.map { RPCError(code: .unavailable, message: $0.message, cause: $0) }
    change { $0.connectionLost(ObjectIdentifier(connection), error: error) }
  }

  // MARK: Carrying out decisions

  /// Changes the state, lets it decide what follows, and does that outside the lock.
  private func change(_ body: (inout ConnectionPoolState) -> Void) {
    let now = NIODeadline.now()
    let actions = state.withLockedValue { state in
      body(&state)
      return state.decide(at: now)
    }
    for action in actions { perform(action) }
  }

  private func perform(_ action: ConnectionPoolState.Action) {
    switch action {
    case .connect(let address, let attempt): connect(to: address, attempt)
    case .resolve: resolve()
    case .wake(let instant):
      let timer = group.next().scheduleTask(deadline: instant) { self.change { $0.wakeUp(instant) } }
      state.withLockedValue { $0.keep(timer, for: instant) }
    case .succeed(let waiter, let picked):
      waiter.timer?.cancel()
      waiter.continuation.resume(returning: picked)
    case .fail(let waiter, let error):
      waiter.timer?.cancel()
      waiter.continuation.resume(throwing: error)
    case .drain(let connection): connection.drain()
    case .close(let connection): connection.close()
    case .cancel(let timer): timer.cancel()
    }
  }

  private func resolve() {
    runTask {
      do throws(RPCError) {
        let resolution = try await self.resolver.resolve()
        for failure in resolution.failures { self.logger.warning("name lookup failed: \(failure)") }
        self.change { $0.resolved(resolution.addresses) }
      } catch {
        self.logger.warning("name lookup failed: \(error)")
        self.change { $0.resolutionFailed(error) }
      }
    }
  }

  private func connect(to address: SocketAddress, _ attempt: ConnectionBackoff.Attempt) {
    let executor = EventLoopExecutor(group.next())
    runTask {
      var options = HTTP2ClientConnection.Configuration(tls: self.configuration.tls)
      options.limits = self.configuration.http2
      options.keepalive = self.configuration.keepalive
      options.connectTimeout = max(.milliseconds(1), attempt.connectDeadline - .now())
      do {
        let connection = try await HTTP2ClientConnection.connect(
          to: address, hostname: self.configuration.target.hostName, configuration: options, executor: executor,
          delegate: self)
        self.change { $0.connected(address, connection) }
        // Its end may have been told before the pool knew it, and is told only once.
        connection.eventLoop.execute {
          guard !connection.takesRequests else { return }
          self.change { $0.connectionLost(ObjectIdentifier(connection), error: nil) }
        }
      } catch {
        let failure = Self.failure(to: address, error)
        self.logger.debug("\(failure)")
        self.change { $0.connectFailed(address, retryAt: attempt.nextAttempt, error: failure) }
      }
    }
  }

  /// The transport names the address where no connection was made; what went wrong on one does not.
  private static func failure(to address: SocketAddress, _ error: any Error) -> RPCError {
    let cause = error as? HTTPTransportError
    var message = cause?.message ?? "\(type(of: error))"
    if cause?.code != .connectFailed || !message.hasPrefix("cannot connect to ") {
      message = "cannot connect to \(address.plainDescription): \(message)"
    }
    return RPCError(code: .unavailable, message: message, cause: error)
  }

  /// Runs a task that `shutdown` cancels and waits for.
  private func runTask(_ body: @escaping @Sendable () async -> Void) {
    state.withLockedValue { state in
      let id = state.makeWaiterID()
      state.tasks[id] = Task {
        await body()
        self.state.withLockedValue { $0.tasks[id] = nil }
      }
    }
  }
}

extension Target {
  /// The host of the authority, for SNI and the check of the server's certificate.
  var hostName: String {
    var host = authority[...]
    if let colon = host.lastIndex(of: ":") { host = host[..<colon] }
    if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
    return String(host)
  }
}
