internal import NIOCore

/// Passes one direction's bytes on, late if so ordered, and reads no further while much is under way.
final class RelayHandler: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer

  private let direction: ProxyState.Direction
  private let partner: any Channel
  private let state: ProxyState
  /// When the last delayed chunk leaves; later ones leave later, whatever the delay is by then.
  private var lastDeparture = NIODeadline.uptimeNanoseconds(0)
  private var underWay = 0
  private var isReadHeldBack = false
  private var isCut = false

  private static let window = 1 << 20

  init(_ direction: ProxyState.Direction, to partner: any Channel, _ state: ProxyState) {
    self.direction = direction
    self.partner = partner
    self.state = state
  }

  func channelActive(context: ChannelHandlerContext) {
    context.fireChannelActive()
    context.read()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let bytes = unwrapInboundIn(data)
    let faults = state.faults
    if direction == .request { state.countRequest(bytes.readableBytes) }
    if isCut || faults.swallows.contains(direction) { return }
    if direction == .reply, let allowed = state.takeCut(in: bytes.readableBytes) {
      isCut = true
      let partner = partner
      let whole = bytes.getSlice(at: bytes.readerIndex, length: allowed) ?? ByteBuffer()
      partner.writeAndFlush(whole).whenComplete { _ in reset(partner) }
      return
    }
    pass(bytes, faults.delay, context)
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    if underWay < Self.window {
      context.read()
    } else {
      isReadHeldBack = true
    }
  }

  private func pass(_ bytes: ByteBuffer, _ delay: TimeAmount?, _ context: ChannelHandlerContext) {
    underWay += bytes.readableBytes
    let loopBound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
    later(delay, context) { [partner] in
      partner.writeAndFlush(bytes).whenComplete { _ in
        let (handler, context) = loopBound.value
        handler.underWay -= bytes.readableBytes
        guard handler.isReadHeldBack, handler.underWay < Self.window else { return }
        handler.isReadHeldBack = false
        context.read()
      }
    }
  }

  private func later(
    _ delay: TimeAmount?, _ context: ChannelHandlerContext, _ action: @escaping @Sendable () -> Void
  ) {
    let now = NIODeadline.now()
    let departure = max(now + (delay ?? .zero), lastDeparture + .nanoseconds(1))
    guard departure > now, delay != nil || lastDeparture > now else { return action() }
    lastDeparture = departure
    context.eventLoop.scheduleTask(deadline: departure, action)
  }

  func channelInactive(context: ChannelHandlerContext) {
    let partner = partner
    later(state.faults.delay, context) { partner.close(promise: nil) }
    context.fireChannelInactive()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    context.close(promise: nil)
  }
}
