internal import NIOCore
internal import NIOPosix
internal import NIOSSL
internal import OutboundHTTP
internal import ServiceKit
internal import Synchronization

/// Sends mails to one server over a few connections, which are kept for a while.
final class SMTPClient: Sendable {
  private let server: MailServer
  private let name: String
  private let tls: NIOSSLContext?
  private let group: any EventLoopGroup
  private let kept = Mutex<(connections: [SMTPConnection], isShut: Bool)>(([], false))

  private static let connectTimeout = TimeAmount.seconds(10)

  /// - Parameter name: how we introduce ourselves (RFC 5321 §4.1.4).
  /// - Throws: `ServiceError` `.configuration` when the file of authorities cannot be used.
  init(_ server: MailServer, name: String, group: any EventLoopGroup) throws {
    self.server = server
    self.name = name
    self.group = group
    tls = server.security == .none ? nil : try Self.context(server)
  }

  private static func context(_ server: MailServer) throws -> NIOSSLContext {
    var configuration = TLSConfiguration.makeClientConfiguration()
    configuration.minimumTLSVersion = .tlsv12
    if let file = server.authoritiesFile { configuration.trustRoots = .file(file) }
    do {
      return try NIOSSLContext(configuration: configuration)
    } catch {
      throw ServiceError(.configuration, "SMTP_CA_FILE: expected the path of a PEM file", cause: error)
    }
  }

  /// Sends one mail. Whatever goes wrong on the way becomes an outcome.
  func send(_ mail: SMTPSession.Mail, within timeout: Duration) async -> SendOutcome {
    let deadline = NIODeadline.now() + TimeAmount(timeout)
    do {
      while let connection = kept.withLock({ $0.connections.popLast() }) {
        do {
          return try await send(mail, over: connection, until: deadline)
        } catch is SMTPUntouched {
          // The server had closed it, as servers do with idle ones.
          continue
        }
      }
      let connection = try await open(until: deadline)
      return try await send(mail, over: connection, until: deadline)
    } catch let failure as SMTPFailure {
      return .failed(failure.message)
    } catch is SMTPUntouched {
      return .failed("the mail server closed the connection")
    } catch {
      return .failed("the mail server \(server.host):\(server.port) cannot be reached: \(error)".tamed(limit: 300))
    }
  }

  private func send(
    _ mail: SMTPSession.Mail, over connection: SMTPConnection, until deadline: NIODeadline
  ) async throws -> SendOutcome {
    let outcome = try await connection.send(mail, until: deadline)
    let isKept = kept.withLock { kept in
      guard !kept.isShut else { return false }
      kept.connections.append(connection)
      return true
    }
    if !isKept { await connection.quit() }
    return outcome
  }

  private func open(until deadline: NIODeadline) async throws -> SMTPConnection {
    let (server, tls, name) = (server, tls, name)
    let loop = group.next()
    let channel = try await ClientBootstrap(group: loop)
      .connectTimeout(min(Self.connectTimeout, max(.milliseconds(1), deadline - .now())))
      .channelOption(.tcpOption(.tcp_nodelay), value: 1)
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          @Sendable func addTLS(_ channel: any Channel) throws {
            guard let tls else { return }
            // Names go into SNI, addresses do not (RFC 6066 §3).
            let isAddress = (try? SocketAddress(ipAddress: server.host, port: 0)) != nil
            try channel.pipeline.syncOperations.addHandler(
              NIOSSLClientHandler(context: tls, serverHostname: isAddress ? nil : server.host), position: .first)
          }
          if server.security == .implicit { try addTLS(channel) }
          try channel.pipeline.syncOperations.addHandler(
            SMTPHandler(SMTPSession(server, name: name), upgrade: addTLS))
        }
      }
      .connect(host: server.host, port: server.port).get()
    let connection = try await SMTPConnection(channel)
    try await connection.open(until: deadline)
    return connection
  }

  /// Ends the connections that are kept; none is kept from now on.
  func shutdown() async {
    let connections = kept.withLock { kept in
      defer { kept = ([], true) }
      return kept.connections
    }
    for connection in connections { await connection.quit() }
  }
}

/// One connection, seen from outside its event loop.
final class SMTPConnection: Sendable {
  private let channel: any Channel
  private let handler: NIOLoopBound<SMTPHandler>

  init(_ channel: any Channel) async throws {
    self.channel = channel
    handler = try await channel.eventLoop.submit {
      NIOLoopBound(
        try channel.pipeline.syncOperations.handler(type: SMTPHandler.self), eventLoop: channel.eventLoop)
    }.get()
  }

  /// - Throws: `SMTPFailure`, `SMTPUntouched`.
  func open(until deadline: NIODeadline) async throws {
    _ = try await wait { $0.open(until: deadline, $1) }
  }

  /// - Throws: `SMTPFailure`; `SMTPUntouched` when the server cannot have seen the mail.
  func send(_ mail: SMTPSession.Mail, until deadline: NIODeadline) async throws -> SendOutcome {
    try await wait { $0.send(mail, until: deadline, $1) } ?? .failed("the mail was not sent")
  }

  func quit() async {
    let handler = handler
    channel.eventLoop.execute { handler.value.quit() }
    // However it ends, it has ended then.
    _ = try? await channel.closeFuture.get()
  }

  private func wait(_ begin: @escaping @Sendable (SMTPHandler, SMTPHandler.Waiter) -> Void) async throws -> SendOutcome?
  {
    let promise = channel.eventLoop.makePromise(of: SendOutcome?.self)
    let handler = handler
    channel.eventLoop.execute { begin(handler.value, promise) }
    return try await promise.futureResult.get()
  }
}
