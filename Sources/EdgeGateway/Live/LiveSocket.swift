internal import CoreMetrics
internal import EventLog
internal import HTTPTransport
internal import NIOCore
internal import NIOWebSocket
internal import ProtobufBridge

/// A client's WebSocket (RFC 6455) behind NIO's decoder of frames; it writes frames as bytes. Belongs to the channel's
/// event loop, and to the registry of that loop until it ends.
final class LiveSocket: ChannelInboundHandler, ServerConnection {
  typealias InboundIn = WebSocketFrame
  typealias OutboundOut = ByteBuffer

  /// Bytes of a client's message.
  static let maximumMessage = 4096
  /// Messages, pings among them, that a client may send at once, and how soon it may send another. Milliseconds.
  private static let burst: Int64 = 40
  private static let interval: Int64 = 250
  /// Heartbeats that may stay without an answer.
  private static let maximumSilence = 2
  private static let closePatience = TimeAmount.seconds(2)

  private let loop: LiveLoop
  private let place: LivePlace
  let number: Int
  private(set) var subscriptions = SocketSubscriptions()
  private var position: EventPosition
  /// The last deal's event that it has been given, or that was before its time.
  private var dealPosition: EventPosition
  /// Whether it is still being told what it missed, from `dealPosition` on. Deals that come now wait for their turn.
  private(set) var isBehind = false
  /// Once for a connection: each time may cost as much as all that is kept.
  private var hasComeBack = false
  /// Where it stood in the last heartbeat, if it knew of more than we do.
  private var aheadAt: EventPosition?

  private var context: ChannelHandlerContext?
  private var message: ByteBuffer?
  /// When its messages would have been at the granted pace; ahead of the clock by no more than the burst.
  private var paidUntil: Int64 = 0
  private var silence = 0
  /// When we have said that we close: how long the peer has to answer.
  private var closesAt: NIODeadline?
  private var hasLeft = false

  init(loop: LiveLoop, place: LivePlace) {
    self.loop = loop
    self.place = place
    number = loop.nextNumber()
    position = loop.head
    dealPosition = loop.head
  }

  func handlerAdded(context: ChannelHandlerContext) {
    self.context = context
    loop.sockets.add(self)
    loop.keepPulse()
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    leave()
    self.context = nil
  }

  func channelInactive(context: ChannelHandlerContext) {
    leave()
    context.fireChannelInactive()
  }

  private func leave() {
    guard !hasLeft else { return }
    hasLeft = true
    loop.sockets.remove(self)
    loop.keepPulse()
  }

  // MARK: What happens

  func offer(_ event: LiveEvent) {
    // It is offered once for each reason to want it.
    guard event.position > position else { return }
    position = event.position
    if event.deal != nil {
      guard !isBehind, event.position > dealPosition else { return }
      dealPosition = event.position
    }
    guard let frame = loop.frame(event, LiveEvent.socketFrame) else { return }
    loop.metrics.sent.increment()
    write(frame)
  }

  // MARK: Coming back

  /// Where it goes on with deals.
  var missedSince: EventPosition { dealPosition }

  /// Gives it a part of what it missed, up to a deal's event. `more` is called when the part has left.
  func catchUp(_ batch: ByteBuffer, to position: EventPosition, more: @escaping () -> Void) {
    dealPosition = position
    guard let context, closesAt == nil else { return }
    context.writeAndFlush(wrapOutboundOut(batch)).assumeIsolated().whenSuccess { more() }
  }

  /// It has all there is.
  func caughtUp(to position: EventPosition) {
    isBehind = false
    dealPosition = position
  }

  /// It may have missed something, and goes on from here.
  func reset(to position: EventPosition) {
    caughtUp(to: position)
    aheadAt = nil
    var json = JSONWriter()
    json.beginObject()
    json.name("type")
    json.string("reset")
    json.name("id")
    json.string(EventID.text(position))
    json.endObject()
    write(SocketFrame.text(ByteBuffer(bytes: json.bytes)))
  }

  private func write(_ frame: ByteBuffer) {
    guard let context, closesAt == nil else { return }
    context.writeAndFlush(wrapOutboundOut(frame), promise: nil)
    guard !context.channel.isWritable else { return }
    // What waits would only grow.
    loop.metrics.dropped.increment()
    closeNow()
  }

  // MARK: What the client says

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let frame = unwrapInboundIn(data)
    silence = 0
    if closesAt != nil {
      if frame.opcode == .connectionClose { closeNow() }
      return
    }
    // A client masks what it sends (§5.1); nothing was agreed that would give the reserved bits a meaning (§5.2).
    guard frame.maskKey != nil, !frame.rsv1, !frame.rsv2, !frame.rsv3 else { return close(.protocolError) }
    if frame.opcode == .connectionClose { return closed(by: frame.unmaskedData) }
    guard isWithinPace() else { return close(.policyViolation) }
    switch frame.opcode {
    case .ping: write(SocketFrame.control(.pong, frame.unmaskedData))
    case .pong: break
    case .text where message == nil, .continuation where message != nil:
      gather(frame.unmaskedData, isLast: frame.fin)
    case .binary: close(.unacceptable)
    default: close(.protocolError)
    }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    guard let error = error as? NIOWebSocketError else { return closeNow() }
    close(error == .invalidFrameLength ? .tooBig : .protocolError)
  }

  private func isWithinPace() -> Bool {
    let now = CacheClock.now()
    paidUntil = max(paidUntil, now) + Self.interval
    return paidUntil - now <= Self.burst * Self.interval
  }

  private func gather(_ data: ByteBuffer, isLast: Bool) {
    var data = data
    var whole = message ?? ByteBuffer()
    message = nil
    guard whole.readableBytes + data.readableBytes <= Self.maximumMessage else { return close(.tooBig) }
    whole.writeBuffer(&data)
    if isLast { received(whole) } else { message = whole }
  }

  private func received(_ text: ByteBuffer) {
    let bytes = Array(text.readableBytesView)
    guard String(validating: bytes, as: UTF8.self) != nil else { return close(.invalidText) }
    do throws(SocketRequest.Flaw) {
      var changed = subscriptions
      let request = try SocketRequest(bytes)
      guard request.lastEvent == nil || !hasComeBack else {
        throw SocketRequest.Flaw(detail: "only once for a connection", field: "last_event_id")
      }
      try changed.apply(request)
      loop.sockets.change(self, from: subscriptions, to: changed)
      subscriptions = changed
      if let last = request.lastEvent {
        (hasComeBack, isBehind, dealPosition) = (true, true, last)
      }
      write(SocketFrame.text(ByteBuffer(bytes: changed.json(id: isBehind ? nil : loop.settledHead))))
      if request.lastEvent != nil { loop.resume(self) }
    } catch {
      write(SocketFrame.text(ByteBuffer(bytes: error.json)))
    }
  }

  /// The client closes; its reason is sent back (§5.5.1).
  private func closed(by payload: ByteBuffer) {
    let code = payload.getInteger(at: payload.readerIndex, as: UInt16.self)
    let isValid = payload.readableBytes == 0 || code.map { SocketFrame.isCloseCode($0) } ?? false
    let answer = isValid ? code ?? SocketFrame.CloseCode.normal.rawValue : SocketFrame.CloseCode.protocolError.rawValue
    guard let context else { return }
    leave()
    context.writeAndFlush(wrapOutboundOut(SocketFrame.close(answer))).assumeIsolated().whenComplete { _ in
      self.closeNow()
    }
    closesAt = .now() + Self.closePatience
  }

  // MARK: The end, and time

  /// Says why, and waits a moment for the peer to close.
  func close(_ code: SocketFrame.CloseCode) {
    guard let context, closesAt == nil else { return }
    leave()
    context.writeAndFlush(wrapOutboundOut(SocketFrame.close(code.rawValue)), promise: nil)
    closesAt = .now() + Self.closePatience
  }

  /// Asks whether the client is there. One that has not answered for long is not.
  func beat() {
    silence += 1
    if silence > Self.maximumSilence { return closeNow() }
    // It knows of more than we do, from another gateway; but not for long, or its id is none.
    if !isBehind, dealPosition > loop.head {
      if aheadAt == dealPosition { loop.reset(self) } else { aheadAt = dealPosition }
    }
    write(SocketFrame.control(.ping))
  }

  func tick(now: NIODeadline) {
    if let closesAt, now >= closesAt { closeNow() }
  }

  func drain() { close(.goingAway) }

  func closeNow() {
    leave()
    context?.close(promise: nil)
  }

  /// Puts it on a connection that speaks HTTP no more.
  static func install(on channel: any Channel, loop: LiveLoop, place: LivePlace) throws -> any ServerConnection {
    // A burst of prices is no sign of slowness yet.
    try channel.syncOptions?.setOption(
      .writeBufferWaterMark, value: .init(low: 64 << 10, high: 256 << 10))
    let socket = LiveSocket(loop: loop, place: place)
    try channel.pipeline.syncOperations.addHandlers([
      ByteToMessageHandler(WebSocketFrameDecoder(maxFrameSize: maximumMessage)), socket,
    ])
    return socket
  }
}
