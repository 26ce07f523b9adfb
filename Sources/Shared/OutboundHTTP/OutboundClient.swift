internal import HTTPTransport
package import Logging
package import NIOCore
internal import NIOPosix
internal import TraceContext

/// The HTTP client for everything outside the mesh: shops, feeds, Telegram, webhooks.
///
/// URLs may come from anyone: where they lead is checked at every hop, what comes back is bounded in size and time, and
/// nothing of a URL but its origin gets into logs and errors.
package final class OutboundClient: Sendable {
  private let configuration: OutboundConfiguration
  private let pool: OutboundPool
  private let dial: OutboundDial
  private let threads: NIOThreadPool
  private let logger: Logger

  /// - Throws: `OutboundError` `.invalidConfiguration` or `.tls` that names the setting or file.
  package convenience init(
    configuration: OutboundConfiguration = OutboundConfiguration(), group: any EventLoopGroup, logger: Logger
  ) throws {
    try self.init(configuration: configuration, group: group, logger: logger, lookup: AddressLookup.system)
  }

  /// - Parameter lookup: may block.
  init(
    configuration: OutboundConfiguration, group: any EventLoopGroup, logger: Logger,
    lookup: @escaping AddressLookup.Blocking
  ) throws {
    try configuration.check()
    self.configuration = configuration
    self.logger = logger
    let tls: TLSClientContext
    do {
      var settings = TLSClientConfiguration(caPath: configuration.caPath)
      settings.applicationProtocols = ["http/1.1"]
      tls = try TLSClientContext(settings)
    } catch {
      throw OutboundError(.tls, (error as? HTTPTransportError)?.message ?? "TLS cannot be set up", cause: error)
    }
    threads = NIOThreadPool(numberOfThreads: configuration.lookupThreads)
    threads.start()
    pool = OutboundPool(configuration)
    dial = OutboundDial(
      configuration: configuration, lookup: AddressLookup(threads: threads, blocking: lookup), tls: tls, group: group)
  }

  /// Ends what is under way with `.shutDown` or `.connectionLost` and takes no more.
  package func shutdown() async {
    pool.close()
    do {
      try await threads.shutdownGracefully()
    } catch {
      logger.warning("the threads for name lookups did not end", metadata: ["error": "\(error)"])
    }
  }

  /// Sends a request and follows its redirects. A response of any status is a success here.
  ///
  /// A request that a kept connection loses without a byte of an answer is sent again on a new one when its method is
  /// idempotent; nothing else is repeated.
  ///
  /// - Throws: `OutboundError`, or `CancellationError` when the task is cancelled.
  package func send(_ request: OutboundRequest) async throws -> OutboundResponse {
    let url = try OutboundURL(request.url)
    try request.checkHeaders()
    do {
      return try await withLimit(request.timeout ?? configuration.totalTimeout, "the request") {
        try await self.follow(request, url)
      }
    } catch let error as OutboundError {
      throw error.at(url.origin)
    }
  }

  private func follow(_ first: OutboundRequest, _ firstURL: OutboundURL) async throws -> OutboundResponse {
    let limit = first.maxRedirects ?? configuration.maxRedirects
    var (request, url) = (first, firstURL)
    for _ in 0...max(0, limit) {
      let response = try await exchange(request, url)
      if limit > 0,
        let next = try Redirect.follow(
          response.status, location: response.headers["location"], of: request, at: url)
      {
        logger.debug("redirected", metadata: ["from": "\(url.origin)", "to": "\(next.url.origin)"])
        (request, url) = next
        continue
      }
      return response
    }
    throw OutboundError(.tooManyRedirects, "the server redirects more than \(limit) times", origin: url.origin)
  }

  /// One hop; in a trace that is recorded, one span, whose id the server gets (W3C Trace Context).
  private func exchange(_ request: OutboundRequest, _ url: OutboundURL) async throws -> OutboundResponse {
    guard let span = Span.current?.child(request.method.name, .client) else { return try await hop(request, url) }
    var request = request
    request.headers.set("traceparent", span.context.text)
    do {
      let response = try await hop(request, url)
      span.end(
        [
          "http.request.method": .text(request.method.name), "server.address": .text(url.host.name),
          "server.port": .integer(url.port), "http.response.status_code": .integer(response.status),
        ], failure: response.status >= 400 ? "status \(response.status)" : nil)
      return response
    } catch {
      span.end(
        [
          "http.request.method": .text(request.method.name), "server.address": .text(url.host.name),
          "server.port": .integer(url.port),
        ], failure: (error as? OutboundError)?.code.description ?? "broken off")
      throw error
    }
  }

  private func hop(_ request: OutboundRequest, _ url: OutboundURL) async throws -> OutboundResponse {
    let start = NIODeadline.now()
    do {
      var response = try await attempt(request, url, isFresh: false)
      if response == nil { response = try await attempt(request, url, isFresh: true) }
      guard let response else { throw OutboundError(.connectionLost, "the server closes every connection") }
      logger.debug(
        "request answered",
        metadata: [
          "method": "\(request.method.name)", "origin": "\(url.origin)", "status": "\(response.status)",
          "milliseconds": "\((NIODeadline.now() - start).nanoseconds / 1_000_000)",
        ])
      return response
    } catch let error as OutboundError {
      throw error.at(url.origin)
    }
  }

  /// A body that nobody reads is worth so much time, to keep its connection.
  private static let ignoredBodyTimeout = TimeAmount.seconds(1)

  /// - Returns: nil when the request may be sent again on a new connection.
  private func attempt(
    _ request: OutboundRequest, _ url: OutboundURL, isFresh: Bool
  ) async throws -> OutboundResponse? {
    let lease = try await pool.lease(PoolKey(url), isFresh: isFresh)
    let connection: HTTP1ClientConnection
    var isReused = false
    switch lease.kind {
    case .reused(let kept):
      connection = kept
      isReused = true
    case .new:
      do {
        connection = try await dial.open(url, delegate: pool)
        try pool.opened(connection)
      } catch {
        pool.release(lease, nil, isReusable: false)
        throw error
      }
    }
    do {
      let response = try await OutboundExchange.run(
        head(of: request, url), body: request.body.map { ByteBuffer(bytes: $0) }, on: connection,
        limits: OutboundExchange.Limits(
          headTimeout: TimeAmount(configuration.headTimeout),
          bodyTimeout: request.ignoresBody ? Self.ignoredBodyTimeout : TimeAmount(configuration.bodyTimeout),
          maxEncodedBytes: configuration.maxEncodedBytes,
          maxBytes: request.maxResponseBytes ?? configuration.maxResponseBytes, isHead: request.method == .head,
          ignoresBody: request.ignoresBody))
      pool.release(lease, connection, isReusable: response.isReusable)
      return OutboundResponse(response, url)
    } catch {
      pool.release(lease, connection, isReusable: false)
      guard let failure = error as? OutboundExchange.Failure else { throw error }
      if failure.isUnanswered, isReused, request.method.isIdempotent { return nil }
      throw failure.error
    }
  }

  private func head(of request: OutboundRequest, _ url: OutboundURL) -> HeaderBlock {
    var head = HeaderBlock()
    head.append(":method", request.method.name)
    head.append(":scheme", url.scheme.rawValue)
    head.append(":authority", url.authority)
    head.append(":path", url.target)
    if !request.headers.contains("user-agent") { head.append("user-agent", configuration.userAgent) }
    if !request.headers.contains("accept") { head.append("accept", "*/*") }
    head.append("accept-encoding", "gzip")
    for (name, value) in request.headers.fields { head.append(name, value) }
    if let body = request.body { head.append("content-length", String(body.count)) }
    return head
  }
}

extension OutboundResponse {
  fileprivate init(_ response: OutboundExchange.Response, _ url: OutboundURL) {
    var headers = OutboundHeaders()
    for index in 0..<response.head.count where !response.head.isPseudo(at: index) {
      headers.append(response.head.name(at: index), response.head.value(at: index))
    }
    self.init(status: response.status, headers: headers, body: Array(response.body.readableBytesView), url: url)
  }
}
