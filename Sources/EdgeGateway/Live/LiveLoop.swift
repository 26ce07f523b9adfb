internal import CoreMetrics
internal import EventLog
internal import HTTPTransport
internal import Logging
internal import NIOCore

/// The live clients of one event loop, and what they are told. Everything here happens on that loop.
///
/// Events come in the log's order. Each client has the position up to which it was served, so an event that comes
/// twice, from what is kept and as it happens, is given once.
final class LiveLoop: @unchecked Sendable {
  let eventLoop: any EventLoop
  let configuration: LiveConfiguration
  let metrics: LiveMetrics
  private let logger: Logger
  /// Looks for what is kept no more.
  private let history: LiveHistory

  private var ring: LiveRing?
  /// All events up to here have come.
  private(set) var head = EventPosition.start
  private var streams: [EventStreamClient] = []
  let sockets = SocketIndex()

  /// What has come and was not given to all yet.
  private var queue = CircularBuffer<LiveEvent>(initialCapacity: 0)
  private var current: (event: LiveEvent, targets: Targets, next: Int)?
  private var isDispatching = false
  private var pulse: LivePulse?
  private var lastNumber = 0
  private(set) var isDraining = false

  private struct Targets {
    var streams: [EventStreamClient] = []
    var sockets: [LiveSocket] = []
    var count: Int { streams.count + sockets.count }
  }

  /// Clients that are written to in one turn of the loop: some milliseconds' work.
  private static let turn = 256
  /// Events that wait for clients before the loop gives up giving them one by one.
  private static let maximumQueue = 8192

  init(
    _ eventLoop: any EventLoop, configuration: LiveConfiguration, history: LiveHistory, metrics: LiveMetrics,
    logger: Logger
  ) {
    self.eventLoop = eventLoop
    self.configuration = configuration
    self.history = history
    self.metrics = metrics
    self.logger = logger
  }

  // MARK: Clients

  var clientCount: Int { streams.count + sockets.count }

  /// Takes a client of server-sent events in.
  ///
  /// - Parameter after: the id of its last event; nil begins with what comes.
  func accept(
    _ stream: any HTTPStream, place: LivePlace, interest: DealInterest, after: EventPosition?
  ) -> EventStreamClient {
    let client = EventStreamClient(
      stream, loop: self, number: nextNumber(), place: place, interest: interest, position: after ?? head)
    client.slot = streams.count
    streams.append(client)
    keepPulse()
    if isDraining {
      end(client)
    } else if after != nil {
      client.send(ByteBuffer(string: LiveText.greeting(nil)))
      resume(client)
    } else {
      client.send(ByteBuffer(string: LiveText.greeting(ring == nil ? nil : head)))
      client.state = .live
    }
    return client
  }

  /// Another one for each client, so that their heartbeats are spread.
  func nextNumber() -> Int {
    lastNumber &+= 1
    return lastNumber & 0xffff
  }

  func leave(_ client: EventStreamClient) {
    guard client.state != .over else { return }
    client.state = .over
    let last = streams.removeLast()
    if last !== client {
      streams[client.slot] = last
      last.slot = client.slot
    }
    keepPulse()
  }

  func keepPulse() {
    if clientCount == 0 {
      pulse?.cancel()
      pulse = nil
    } else if pulse == nil {
      pulse = LivePulse(eventLoop, period: configuration.heartbeat) { [weak self] turn in self?.beat(turn) }
    }
  }

  private func drop(_ client: EventStreamClient) {
    metrics.dropped.increment()
    leave(client)
    client.abandon()
  }

  private func end(_ client: EventStreamClient) {
    leave(client)
    client.end(ByteBuffer(string: LiveText.farewell()))
  }

  // MARK: Coming back

  private func resume(_ client: EventStreamClient) {
    // Nothing is known of the log yet; `follow` comes back to it.
    guard let ring else { return }
    if client.position >= ring.floor {
      metrics.kept.increment()
      return catchUp(client)
    }
    history.ask(
      LiveHistory.Question(after: client.position, floor: ring.floor, loop: self) { [weak client] in
        guard let client, client.state == .waiting else { return }
        self.resumeOrReset(client)
      })
  }

  private func resumeOrReset(_ client: EventStreamClient) {
    guard let ring, client.position >= ring.floor else { return reset(client) }
    metrics.asked.increment()
    catchUp(client)
  }

  /// Tells a client that it has missed something: it loads anew, and goes on from here.
  private func reset(_ client: EventStreamClient) {
    metrics.reset.increment()
    client.state = .live
    client.position = head
    client.send(ByteBuffer(string: LiveText.reset(head)))
  }

  /// Gives a client what is kept and it has not got, as far as it takes it.
  private func catchUp(_ client: EventStreamClient) {
    client.state = .behind
    guard let ring else { return }
    guard client.position >= ring.floor else { return drop(client) }
    var batch = ByteBuffer()
    while client.bufferedBytes + batch.readableBytes <= configuration.maximumBufferedBytes {
      guard let event = ring.first(after: client.position) else {
        if batch.readableBytes > 0 { client.send(batch) }
        client.state = .live
        client.position = max(client.position, head)
        client.stalledAt = nil
        return
      }
      client.position = event.position
      guard client.interest.wants(event), let frame = frame(event, LiveEvent.streamFrame) else { continue }
      batch.writeImmutableBuffer(frame)
      metrics.sent.increment()
    }
    if batch.readableBytes > 0 { client.send(batch) }
    // It may have taken all at once, and then nothing would call it back.
    guard client.state == .behind, client.bufferedBytes <= configuration.maximumBufferedBytes else { return }
    eventLoop.assumeIsolated().execute { if client.state == .behind { self.catchUp(client) } }
  }

  /// Up to where all has been given to everybody; nil while something is under way.
  var settledHead: EventPosition? { isDispatching || ring == nil ? nil : head }

  /// Gives a socket the deals' events since its last one.
  func resume(_ socket: LiveSocket) {
    guard let ring, socket.isBehind else { return }
    if socket.missedSince >= ring.floor {
      metrics.kept.increment()
      return catchUp(socket)
    }
    history.ask(
      LiveHistory.Question(after: socket.missedSince, floor: ring.floor, loop: self) { [weak socket] in
        guard let socket, socket.isBehind else { return }
        guard let ring = self.ring, socket.missedSince >= ring.floor else { return self.reset(socket) }
        self.metrics.asked.increment()
        self.catchUp(socket)
      })
  }

  /// Tells a socket that it has missed something: it reads the state anew, and goes on from here.
  func reset(_ socket: LiveSocket) {
    metrics.reset.increment()
    socket.reset(to: head)
  }

  /// A part at a time; the next one when that has left.
  private func catchUp(_ socket: LiveSocket) {
    guard let ring, socket.isBehind else { return }
    var position = socket.missedSince
    guard position >= ring.floor else { return reset(socket) }
    var batch = ByteBuffer()
    while batch.readableBytes <= configuration.maximumBufferedBytes {
      guard let event = ring.first(after: position) else {
        position = max(position, head)
        if batch.readableBytes > 0 { socket.catchUp(batch, to: position) {} }
        return socket.caughtUp(to: position)
      }
      position = event.position
      guard socket.subscriptions.deals?.wants(event) == true, let frame = frame(event, LiveEvent.socketFrame) else {
        continue
      }
      batch.writeImmutableBuffer(frame)
      metrics.sent.increment()
    }
    socket.catchUp(batch, to: position) { [weak socket] in
      if let socket { self.catchUp(socket) }
    }
  }

  func becameWritable(_ client: EventStreamClient) {
    if client.state == .behind { catchUp(client) }
  }

  // MARK: Events

  /// Pricing's log is followed, from `floor` on. Whoever was served before may have missed something.
  func follow(from floor: EventPosition) {
    let isFirst = ring == nil
    ring = LiveRing(floor: floor, configuration: configuration)
    head = floor
    queue.removeAll()
    current = nil
    for client in streams {
      if client.state == .waiting {
        resume(client)
      } else if isFirst {
        client.position = head
      } else {
        reset(client)
      }
    }
    for socket in sockets.all {
      if socket.isBehind { resume(socket) } else if isFirst { socket.caughtUp(to: head) } else { reset(socket) }
    }
  }

  /// - Parameter horizon: all events up to here have come.
  func receive(_ events: [LiveEvent], horizon: EventPosition) {
    for event in events {
      if event.deal != nil {
        ring?.append(event)
      } else if !sockets.wants(event) {
        continue
      }
      queue.append(event)
    }
    head = max(head, horizon)
    if queue.count > Self.maximumQueue { shed() }
    if !isDispatching { dispatch() }
  }

  /// What the history found.
  func extend(_ older: [LiveEvent], from start: EventPosition, to end: EventPosition) {
    _ = ring?.extend(older, from: start, to: end)
  }

  private func dispatch() {
    isDispatching = true
    var budget = Self.turn
    while budget > 0 {
      if current == nil {
        guard let event = queue.popFirst() else {
          isDispatching = false
          return
        }
        current = (event, targets(of: event), 0)
      }
      guard let (event, targets, next) = current else { break }
      let last = min(next + budget, targets.count)
      for index in next..<last {
        if index < targets.streams.count {
          offer(event, to: targets.streams[index])
        } else {
          targets.sockets[index - targets.streams.count].offer(event)
        }
      }
      budget -= last - next
      if last == targets.count { current = nil } else { current?.next = last }
    }
    eventLoop.execute { self.dispatch() }
  }

  private func targets(of event: LiveEvent) -> Targets {
    Targets(streams: event.deal == nil ? [] : streams, sockets: sockets.interested(in: event))
  }

  private func offer(_ event: LiveEvent, to client: EventStreamClient) {
    guard client.state == .live, event.position > client.position else { return }
    client.position = event.position
    guard client.interest.wants(event), let frame = frame(event, LiveEvent.streamFrame) else { return }
    if client.bufferedBytes > configuration.maximumBufferedBytes {
      // It is given the rest from what is kept, if it takes what waits for it in time.
      client.position = EventPosition(transaction: event.position.transaction, sequence: event.position.sequence - 1)
      client.state = .behind
      return
    }
    client.send(frame)
    metrics.sent.increment()
  }

  /// What an event is as a frame; nil for one that cannot be shown.
  func frame(_ event: LiveEvent, _ make: (LiveEvent) -> () throws -> ByteBuffer) -> ByteBuffer? {
    do {
      return try make(event)()
    } catch {
      logger.warning("an event has no JSON form", metadata: ["event": "\(event.kind.rawValue)", "error": "\(error)"])
      return nil
    }
  }

  /// More comes than the loop can give away: streams go on from what is kept, sockets begin anew.
  private func shed() {
    logger.warning("live clients are told less than happens", metadata: ["events": "\(queue.count)"])
    queue.removeAll()
    current = nil
    for client in streams where client.state == .live {
      client.state = .behind
      eventLoop.assumeIsolated().execute { if client.state == .behind { self.catchUp(client) } }
    }
    for socket in sockets.all { socket.close(.tryAgainLater) }
  }

  // MARK: Time

  /// One of a heartbeat's turns: the clients whose turn it is hear something.
  private func beat(_ turn: Int) {
    // A position says that all before it has been given: it is told when nothing is under way.
    let text = LiveText.heartbeat(settledHead)
    let sign = ByteBuffer(string: text)
    let bare = ByteBuffer(string: LiveText.heartbeat(nil))
    for client in streams where client.number % LivePulse.turns == turn {
      switch client.state {
      case .live:
        if client.position > head {
          // It knows of more than we do, from another gateway; but not for long, or its id is none.
          if client.stalledAt == client.position { reset(client) } else { client.stalledAt = client.position }
          client.send(bare)
        } else {
          client.send(sign)
        }
        if client.bufferedBytes > configuration.maximumBufferedBytes { client.state = .behind }
      case .behind:
        if client.bufferedBytes <= configuration.maximumBufferedBytes {
          catchUp(client)
        } else if client.stalledAt == client.position {
          drop(client)
        } else {
          client.stalledAt = client.position
        }
      case .waiting: client.send(bare)
      case .over: break
      }
    }
    for socket in sockets.all where socket.number % LivePulse.turns == turn { socket.beat() }
  }

  /// Ends all event streams, some at a time, so that they come back to another gateway. Sockets are told by the listener.
  func drain() {
    isDraining = true
    for client in streams.prefix(Self.turn) { end(client) }
    if !streams.isEmpty { eventLoop.execute { self.drain() } }
  }
}
