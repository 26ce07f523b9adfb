import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

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

  /// Connects and waits for `ready`, which the handlers that `install` adds fulfil. Cancelling the task gives up at
  /// once.
  ///
  /// - Throws: `HTTPTransportError` `.connectFailed`, `.tls` or `.protocolNegotiation`.
  func open(
    on eventLoop: any EventLoop, ready: EventLoopPromise<Void>,
    install: @escaping @Sendable (any Channel) throws -> Void
  ) async throws -> any Channel {
    let attempt = Attempt()
    let bootstrap = ClientBootstrap(group: eventLoop)
      .connectTimeout(timeout)
      .channelInitializer { channel in
        attempt.started(channel)
        return channel.eventLoop.makeCompletedFuture { try self.initialize(channel, ready: ready, install: install) }
      }
    if address.protocol != .unix { _ = bootstrap.channelOption(.tcpOption(.tcp_nodelay), value: 1) }
    let timer = eventLoop.scheduleTask(in: timeout) {
      ready.fail(HTTPTransportError(.connectFailed, "the server was not ready in time"))
    }
    defer { timer.cancel() }
    do {
      return try await withTaskCancellationHandler {
        let channel = try await bootstrap.connect(to: address).get()
        channel.closeFuture.whenComplete { _ in
          ready.fail(HTTPTransportError(.connectFailed, "the connection closed before it was ready"))
        }
        do {
          try await ready.futureResult.get()
        } catch {
          channel.close(promise: nil)
          throw error
        }
        return channel
      } onCancel: {
        attempt.cancel()
      }
    } catch {
      ready.fail(error)
      if let error = error as? HTTPTransportError { throw error }
      throw HTTPTransportError(
        .connectFailed, "cannot connect to \(address.plainDescription): \(Self.reason(error))", cause: error)
    }
  }

  /// Joins a channel that is being connected with the task that may be cancelled meanwhile.
  private final class Attempt: Sendable {
    private let state = Mutex<(channel: (any Channel)?, isCancelled: Bool)>((nil, false))

    func started(_ channel: any Channel) {
      let isCancelled = state.withLock { state in
        state.channel = channel
        return state.isCancelled
      }
      if isCancelled { channel.close(promise: nil) }
    }

    func cancel() {
      let channel = state.withLock { state in
        state.isCancelled = true
        return state.channel
      }
      channel?.close(promise: nil)
    }
  }

  /// The system's own words for what went wrong.
  private static func reason(_ error: any Error) -> String {
    switch error {
    case let error as IOError: SystemReason.text(error.errnoCode)
    case ChannelError.connectTimeout: "no answer in time"
    case is CancellationError: "cancelled"
    default: "\(type(of: error))"
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
