import NIOCore

/// Tells HTTP/2 from HTTP/1.1 on a clear-text connection by its first bytes (RFC 9113 §3.4), then leaves the pipeline
/// to whoever speaks that version and hands it what was read.
final class PrefaceDetector: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer

  private static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)

  private var received = ByteBuffer()
  private var isDecided = false
  private var timeout: Scheduled<Void>?
  private let patience: TimeAmount
  private let configure: (any Channel, HTTPConnectionInfo.Version) throws -> Void

  /// - Parameters:
  ///   - patience: how long the first bytes may take.
  ///   - configure: adds the handlers of the version found.
  init(patience: TimeAmount, configure: @escaping (any Channel, HTTPConnectionInfo.Version) throws -> Void) {
    self.patience = patience
    self.configure = configure
  }

  func handlerAdded(context: ChannelHandlerContext) {
    timeout = context.eventLoop.assumeIsolated().scheduleTask(in: patience) { context.close(promise: nil) }
  }

  func handlerRemoved(context: ChannelHandlerContext) { timeout?.cancel() }

  func channelInactive(context: ChannelHandlerContext) {
    timeout?.cancel()
    context.fireChannelInactive()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    var buffer = unwrapInboundIn(data)
    if isDecided {
      context.fireChannelRead(wrapInboundOut(buffer))
      return
    }
    received.writeBuffer(&buffer)
    let bytes = received.readableBytesView
    let isPrefix = zip(bytes, Self.preface).allSatisfy { $0 == $1 }
    if isPrefix, bytes.count < Self.preface.count { return }
    isDecided = true
    timeout?.cancel()
    do {
      try configure(context.channel, isPrefix ? .http2 : .http1)
    } catch {
      context.close(promise: nil)
      return
    }
    context.fireChannelRead(wrapInboundOut(received))
    context.fireChannelReadComplete()
    context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    context.close(promise: nil)
  }
}
