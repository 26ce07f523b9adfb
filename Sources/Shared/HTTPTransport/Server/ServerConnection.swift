package import NIOCore

/// What the server asks of each of its connections, whichever version it speaks. Called on the connection's loop.
package protocol ServerConnection: AnyObject {
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
  /// All open sockets, and those of them that have not said yet which version they speak.
  private var channels: [ObjectIdentifier: any Channel] = [:]
  private var undecided: Set<ObjectIdentifier> = []
  private var ticker: RepeatedTask?
  private var isDraining = false
  private var emptied: [EventLoopPromise<Void>] = []

  /// Lent to one HTTP/1.1 connection after the other, so that an answer costs no new memory: a request's fields, and
  /// bytes on their way to the socket.
  var scratchHead = HeaderBlock()
  var scratchBytes = ByteBuffer()

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
    }
  }

  /// Takes note of a new socket, whose version is not known yet, so that a shutdown does not overlook it.
  ///
  /// - Parameter onClose: called when it is closed, before a shutdown that waits for it goes on.
  func opened(_ channel: any Channel, onClose: @escaping @Sendable () -> Void) {
    eventLoop.assertInEventLoop()
    channels[ObjectIdentifier(channel)] = channel
    undecided.insert(ObjectIdentifier(channel))
    channel.closeFuture.assumeIsolated().whenComplete { _ in
      self.channels[ObjectIdentifier(channel)] = nil
      self.undecided.remove(ObjectIdentifier(channel))
      onClose()
      guard self.channels.isEmpty else { return }
      for promise in self.emptied { promise.succeed() }
      self.emptied.removeAll()
    }
    if isDraining { channel.close(promise: nil) }
  }

  /// The socket's version is known; its connection adds itself.
  func decided(_ channel: any Channel) {
    eventLoop.assertInEventLoop()
    undecided.remove(ObjectIdentifier(channel))
  }

  private func tick() {
    let now = NIODeadline.now()
    for connection in Array(connections.values) { connection.tick(now: now) }
  }

  /// Drains every connection, present and to come; the future is done when none is left.
  func drain() -> EventLoopFuture<Void> {
    eventLoop.flatSubmit {
      self.isDraining = true
      for id in Array(self.undecided) { self.channels[id]?.close(promise: nil) }
      let promise = self.eventLoop.makePromise(of: Void.self)
      if self.channels.isEmpty { promise.succeed() } else { self.emptied.append(promise) }
      for connection in Array(self.connections.values) { connection.drain() }
      return promise.futureResult
    }
  }

  func closeAll() {
    eventLoop.execute {
      for connection in Array(self.connections.values) { connection.closeNow() }
      for channel in Array(self.channels.values) { channel.close(promise: nil) }
    }
  }
}
