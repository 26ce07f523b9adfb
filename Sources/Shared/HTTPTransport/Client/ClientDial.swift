import NIOCore
import NIOPosix
import NIOSSL

/// Brings a client's socket to the point where it speaks the wanted version of HTTP.
struct ClientDial: Sendable {
  let address: SocketAddress
  let tls: NIOSSLContext?
  /// For SNI and the certificate's check.
  let serverName: String?
  /// What ALPN must agree on; without `requiresAgreement` a server that knows no ALPN will do.
  let version: String
  let requiresAgreement: Bool
  let timeout: TimeAmount

  /// Connects and waits for `ready`, which the handlers that `install` adds fulfil.
  ///
  /// - Throws: `HTTPTransportError` `.connectFailed`, `.tls` or `.protocolNegotiation`.
  func open(
    on eventLoop: any EventLoop, ready: EventLoopPromise<Void>,
    install: @escaping @Sendable (any Channel) throws -> Void
  ) async throws -> any Channel {
    let bootstrap = ClientBootstrap(group: eventLoop)
      .connectTimeout(timeout)
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture { try self.initialize(channel, ready: ready, install: install) }
      }
    if address.protocol != .unix { _ = bootstrap.channelOption(.tcpOption(.tcp_nodelay), value: 1) }
    let timer = eventLoop.scheduleTask(in: timeout) {
      ready.fail(HTTPTransportError(.connectFailed, "the server was not ready in time"))
    }
    defer { timer.cancel() }
    do {
      let channel = try await bootstrap.connect(to: address).get()
      channel.closeFuture.whenComplete { _ in
        ready.fail(HTTPTransportError(.connectFailed, "the connection closed before it was ready"))
      }
      do {
        try await withTaskCancellationHandler {
          try await ready.futureResult.get()
        } onCancel: {
          channel.close(promise: nil)
        }
      } catch {
        channel.close(promise: nil)
        throw error
      }
      return channel
    } catch {
      ready.fail(error)
      if let error = error as? HTTPTransportError { throw error }
      throw HTTPTransportError(.connectFailed, "cannot connect to \(address)", cause: error)
    }
  }

  private func initialize(
    _ channel: any Channel, ready: EventLoopPromise<Void>, install: @escaping @Sendable (any Channel) throws -> Void
  ) throws {
    guard let tls else { return try install(channel) }
    let handler = try NIOSSLClientHandler(context: tls, serverHostname: serverName.flatMap(Self.sniName))
    try HandshakeWatch.install(
      handler, on: channel,
      onFailure: { error in
        ready.fail(
          HTTPTransportError(
            .tls, error == nil ? "the server broke off the handshake" : "the handshake failed", cause: error))
      },
      ready: { channel, agreed in
        guard agreed == version || (agreed == nil && !requiresAgreement) else {
          let error = HTTPTransportError(.protocolNegotiation, "the server does not offer \(version) (ALPN)")
          ready.fail(error)
          throw error
        }
        try install(channel)
      })
  }

  /// Names go into SNI, addresses do not (RFC 6066 §3).
  private static func sniName(_ host: String) -> String? {
    (try? SocketAddress(ipAddress: host, port: 0)) == nil ? host : nil
  }
}
