import HTTPTransport
import NIOCore

/// A connection's place in a load test: what is connected there, if anything. On its worker's event loop only.
final class LoadLink: HTTPClientConnectionDelegate, @unchecked Sendable {
  private enum Connection {
    case http1(HTTP1ClientConnection)
    case http2(HTTP2ClientConnection)

    var any: any HTTPClientConnection {
      switch self {
      case .http1(let connection): connection
      case .http2(let connection): connection
      }
    }
  }

  private let worker: LoadWorker
  private var connection: Connection?
  private var hasEnded = false
  private var onEnd: CheckedContinuation<Void, Never>?
  /// Whether it stands in the worker's list of free connections.
  var isListed = false

  init(worker: LoadWorker) { self.worker = worker }

  /// Whether a request may be sent now.
  var isFree: Bool {
    switch connection {
    case .http1(let connection): connection.isIdle
    case .http2(let connection): connection.takesRequests && connection.hasRoom
    case nil: false
    }
  }

  func open(_ head: HeaderBlock, _ delegate: any HTTPStreamDelegate) throws -> any HTTPStream {
    guard let connection else { throw HTTPTransportError(.connectionClosed, "there is no connection") }
    return try connection.any.openStream(head: head, endStream: true, delegate: delegate)
  }

  /// - Throws: `HTTPTransportError`.
  func connect(to address: SocketAddress, _ settings: LoadConnectionSettings) async throws {
    switch settings.version {
    case .http1:
      var configuration = HTTP1ClientConnection.Configuration(tls: settings.tls)
      configuration.connectTimeout = .nanoseconds(settings.timeout.nanoseconds)
      connection = .http1(
        try await HTTP1ClientConnection.connect(
          to: address, hostname: settings.hostname, configuration: configuration, executor: worker.executor,
          delegate: self))
    case .http2:
      var configuration = HTTP2ClientConnection.Configuration(tls: settings.tls)
      configuration.connectTimeout = .nanoseconds(settings.timeout.nanoseconds)
      // Bodies are counted and dropped: the server should never have to wait for a window.
      configuration.limits.streamWindow = 1 << 20
      configuration.limits.connectionWindow = 16 << 20
      connection = .http2(
        try await HTTP2ClientConnection.connect(
          to: address, hostname: settings.hostname, configuration: configuration, executor: worker.executor,
          delegate: self))
    }
  }

  /// Waits for the connection's end; cancelling closes it.
  func untilEnded() async {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        if hasEnded { continuation.resume() } else { onEnd = continuation }
      }
    } onCancel: {
      worker.eventLoop.execute { self.connection?.any.close() }
    }
  }

  func connectionIsGoingAway(_ connection: any HTTPClientConnection, code: HTTP2ErrorCode, debugData: String) {}

  func connectionEnded(_ connection: any HTTPClientConnection, reason: HTTPTransportError?) {
    hasEnded = true
    onEnd?.resume()
    onEnd = nil
  }
}

/// How connections are made.
struct LoadConnectionSettings: Sendable {
  var version = HTTPConnectionInfo.Version.http1
  var tls: TLSClientConfiguration?
  /// The name in the server's certificate.
  var hostname: String?
  var timeout = Duration.seconds(5)
}
