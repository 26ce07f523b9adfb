import NIOCore
import NIOTLS

/// Stands behind the handlers of a TLS handshake and reports what goes wrong there, which would otherwise fall out of
/// the pipeline's end. Taken out when the handshake is done.
final class HandshakeWatch: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = Any

  private var onFailure: (((any Error)?) -> Void)?

  /// - Parameter onFailure: called at most once; nil means that the peer closed the connection.
  init(onFailure: @escaping ((any Error)?) -> Void) { self.onFailure = onFailure }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    report(error)
    context.close(promise: nil)
  }

  func channelInactive(context: ChannelHandlerContext) {
    report(nil)
    context.fireChannelInactive()
  }

  private func report(_ error: (any Error)?) {
    onFailure?(error)
    onFailure = nil
  }

  /// Adds `tls`, a negotiation of the version, and a watch over both. `ready` is called with the version agreed on
  /// (RFC 7301), nil when the peer has none; what it throws ends the connection.
  static func install(
    _ tls: some ChannelHandler, on channel: any Channel, onFailure: @escaping ((any Error)?) -> Void,
    ready: @escaping (any Channel, String?) throws -> Void
  ) throws {
    let watch = HandshakeWatch(onFailure: onFailure)
    let negotiation = ApplicationProtocolNegotiationHandler { result, channel in
      channel.eventLoop.makeCompletedFuture {
        var version: String?
        if case .negotiated(let name) = result { version = name }
        do {
          try ready(channel, version)
          channel.pipeline.syncOperations.removeHandler(watch, promise: nil)
        } catch {
          channel.close(promise: nil)
          throw error
        }
      }
    }
    try channel.pipeline.syncOperations.addHandlers([tls, negotiation, watch])
  }
}
