import Glibc
import NIOCore
import NIOHTTP1

/// The end of an HTTP/1.1 connection's pipeline that is next to the socket: sees bytes before the decoder does, and
/// writes bytes past the encoder.
///
/// A request head that trickles in makes no other sign until it is complete. Simple requests, which most are, are read
/// here at once. The first other one sends the connection's bytes to the decoder for good: it may then hold a part of
/// a request. Decoder and encoder come into the pipeline when they are needed: each handler costs every event a step.
///
/// Answers that are ready are gathered while a read lasts, and then go to the socket itself, past the channel's queue of
/// writes, as long as that queue is empty and nothing stands between (decision 0033). What the socket does not take at
/// once goes the channel's way.
final class HTTP1Wire: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer
  typealias OutboundOut = ByteBuffer

  /// Let go of, as this one by it, when the channel is closed.
  private var connection: HTTP1ServerHandler?
  private var context: ChannelHandlerContext?
  private let limits: HTTP1Limits
  private var hasCodec = false
  private var isDecoding = false
  private let connections: EventLoopConnections
  private let isSecure: Bool
  /// The channel's socket, from when this handler stands next to it until the channel is closed; nil where there is none.
  private var socket: CInt?
  /// Answers of this read. The loop's memory, lent while there are any.
  private var gathered = ByteBuffer()
  /// Whether the channel's queue may hold bytes that come first.
  private var channelMayHold = true

  /// Answers that pipelined requests got are sent when they are this many bytes.
  private static let maxGathered = 64 << 10

  /// - Parameter isSecure: whether TLS stands between this handler and the socket.
  init(_ connection: HTTP1ServerHandler, connections: EventLoopConnections, limits: HTTP1Limits, isSecure: Bool) {
    self.connection = connection
    self.connections = connections
    self.limits = limits
    self.isSecure = isSecure
    connection.attach(self)
  }

  func handlerAdded(context: ChannelHandlerContext) {
    self.context = context
    guard !isSecure, context.channel.isActive else { return }
    do {
      socket = try context.pipeline.syncOperations.withUnsafeTransportIfAvailable(of: NIOBSDSocket.Handle.self) { $0 }
    } catch {
      // Then all goes the channel's way.
      socket = nil
    }
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    self.context = nil
    socket = nil
    connection = nil
  }

  /// The first that is called once the socket is closed: its number may be another's from here on.
  func channelInactive(context: ChannelHandlerContext) {
    socket = nil
    context.fireChannelInactive()
  }

  /// Puts decoder and encoder behind this handler, unless they are there.
  func addCodec() throws {
    guard !hasCodec, let connection, let context else { return }
    var limits = NIOHTTPDecoderLimitConfiguration()
    limits.maxHeaderFieldSize = self.limits.maxHeaderBytes
    limits.maxHeaderFieldCount = self.limits.maxHeaderFields
    limits.maxHeaderListSize = self.limits.maxHeaderBytes
    var framing = HTTPResponseEncoder.Configuration()
    framing.automaticallySetFramingHeaders = false
    hasCodec = true
    try context.pipeline.syncOperations.addHandlers(
      [
        HTTPResponseEncoder(configuration: framing),
        ByteToMessageHandler(HTTP1Decoder(connection, limits: limits)),
      ], position: .after(self))
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard let connection else {
      context.fireChannelRead(data)
      return
    }
    if isDecoding {
      connection.bytesArrived()
      context.fireChannelRead(data)
      return
    }
    connection.readBegan()
    var buffer = unwrapInboundIn(data)
    while buffer.readableBytes > 0, connection.serveSimpleRequest(&buffer) {}
    guard buffer.readableBytes > 0 else { return }
    isDecoding = true
    connection.bytesArrived()
    do {
      try addCodec()
    } catch {
      context.fireErrorCaught(error)
      return
    }
    context.fireChannelRead(wrapInboundOut(buffer))
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    // Without a decoder nobody but the connection has a use for it.
    if let connection, !hasCodec { connection.readCompleted() } else { context.fireChannelReadComplete() }
  }

  // MARK: Answers

  /// Adds an answer, or a part of one, to what leaves with the next flush.
  ///
  /// - Parameters:
  ///   - capacity: bytes that `body` may write.
  ///   - body: writes, and returns how many bytes it wrote.
  func write(capacity: Int, _ body: (UnsafeMutableRawBufferPointer) -> Int) {
    if gathered.readableBytes == 0 {
      swap(&gathered, &connections.scratchBytes)
      gathered.clear(minimumCapacity: capacity)
    }
    gathered.writeWithUnsafeMutableBytes(minimumWritableBytes: capacity, body)
    if gathered.readableBytes >= Self.maxGathered { flush() }
  }

  /// Hands bytes to the channel, behind what was gathered; they leave with the next flush.
  func write(_ buffer: ByteBuffer) {
    yield()
    context?.write(wrapOutboundOut(buffer), promise: nil)
  }

  /// Hands what was gathered to the channel. To be called before anything else is written to it.
  func yield() {
    channelMayHold = true
    guard gathered.readableBytes > 0 else { return }
    context?.write(wrapOutboundOut(gathered), promise: nil)
    giveBack()
  }

  /// Sends what was written.
  func flush() {
    if gathered.readableBytes > 0, !sendAtOnce() { yield() }
    if channelMayHold { context?.flush() }
  }

  private func giveBack() {
    gathered.clear()
    swap(&gathered, &connections.scratchBytes)
  }

  /// Sends what was gathered by one call to the socket.
  ///
  /// - Returns: false when it did not take all of it, for whatever reason: the channel finds that out, too, and knows
  ///   what to do.
  private func sendAtOnce() -> Bool {
    guard let socket, isChannelEmpty else { return false }
    let sent = gathered.withUnsafeReadableBytes { bytes in
      Glibc.send(socket, bytes.baseAddress, bytes.count, CInt(MSG_DONTWAIT) | CInt(MSG_NOSIGNAL))
    }
    if sent == gathered.readableBytes {
      giveBack()
      return true
    }
    if sent > 0 { gathered.moveReaderIndex(forwardBy: sent) }
    return false
  }

  private var isChannelEmpty: Bool {
    guard channelMayHold else { return true }
    do {
      guard try context?.channel.syncOptions?.getOption(.bufferedWritableBytes) == 0 else { return false }
    } catch {
      return false
    }
    channelMayHold = false
    return true
  }
}
