import NIOCore

/// What the server asks of each of its connections, whichever version it speaks. Called on the connection's loop.
protocol ServerConnection: AnyObject {
  /// Looks at the clock: closes what has taken too long. Called about twice a second.
  func tick(now: NIODeadline)
  /// Starts the graceful end: no new requests, running ones go on.
  func drain()
  /// Ends it now.
  func closeNow()
}

/// The connections of one event loop, and one ticker for all of them: ten thousand idle connections cost one timer.
final class EventLoopConnections: @unchecked Sendable {
  let executor: EventLoopExecutor
  // All on the loop.
  private var connections: [ObjectIdentifier: any ServerConnection] = [:]
  /// Connections that have not said yet which version they speak.
  private var undecided: [ObjectIdentifier: any Channel] = [:]
  private var ticker: RepeatedTask?
  private var isDraining = false
  private var emptied: [EventLoopPromise<Void>] = []

  static let tickInterval = TimeAmount.milliseconds(500)

  init(_ eventLoop: any EventLoop) {
    executor = EventLoopExecutor(eventLoop)
  }

  var eventLoop: any EventLoop { executor.eventLoop }

  func add(_ connection: any ServerConnection) {
    eventLoop.assertInEventLoop()
    connections[ObjectIdentifier(connection)] = connection
    if ticker == nil {
      ticker = eventLoop.scheduleRepeatedTask(initialDelay: Self.tickInterval, delay: Self.tickInterval) { _ in
        self.tick()
      }
    }
    if isDraining { connection.drain() }
  }

  func remove(_ connection: any ServerConnection) {
    eventLoop.assertInEventLoop()
    connections[ObjectIdentifier(connection)] = nil
    if connections.isEmpty {
      ticker?.cancel()
      ticker = nil
      for promise in emptied { promise.succeed() }
      emptied.removeAll()
    }
  }

  /// Keeps hold of a connection until it is ready and adds itself, so that a shutdown does not overlook it.
  func addUndecided(_ channel: any Channel) {
    eventLoop.assertInEventLoop()
    if isDraining {
      channel.close(promise: nil)
      return
    }
    undecided[ObjectIdentifier(channel)] = channel
    channel.closeFuture.assumeIsolated().whenComplete { _ in self.removeUndecided(channel) }
  }

  func removeUndecided(_ channel: any Channel) {
    eventLoop.assertInEventLoop()
    undecided[ObjectIdentifier(channel)] = nil
  }

  private func tick() {
    let now = NIODeadline.now()
    for connection in Array(connections.values) { connection.tick(now: now) }
  }

  /// Drains every connection, present and to come; the future is done when none is left.
  func drain() -> EventLoopFuture<Void> {
    eventLoop.flatSubmit {
      self.isDraining = true
      for channel in Array(self.undecided.values) { channel.close(promise: nil) }
      let promise = self.eventLoop.makePromise(of: Void.self)
      if self.connections.isEmpty { promise.succeed() } else { self.emptied.append(promise) }
      for connection in Array(self.connections.values) { connection.drain() }
      return promise.futureResult
    }
  }

  func closeAll() {
    eventLoop.execute {
      for connection in Array(self.connections.values) { connection.closeNow() }
    }
  }
}
