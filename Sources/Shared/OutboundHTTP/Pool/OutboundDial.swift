internal import HTTPTransport
internal import NIOCore

/// Opens connections: looks the host up, checks what it finds, and connects to that.
struct OutboundDial: Sendable {
  let configuration: OutboundConfiguration
  let lookup: AddressLookup
  let tls: TLSClientContext
  let group: any EventLoopGroup

  /// - Parameter delegate: hears of the connection's end; held weakly.
  /// - Throws: `OutboundError` `.resolution`, `.forbiddenAddress`, `.connect`, `.tls` or `.timeout`,
  ///   `CancellationError`.
  func open(_ url: OutboundURL, delegate: any HTTPClientConnectionDelegate) async throws -> HTTP1ClientConnection {
    let eventLoop = group.next()
    let addresses = try await checkedAddresses(of: url, on: eventLoop)
    return try await withLimit(configuration.connectTimeout, "connecting") {
      try await connect(to: addresses, url, on: eventLoop, delegate: delegate)
    }
  }

  /// All addresses of the host, each once. One that is forbidden makes the whole host suspect: a name that has both a
  /// public and a private address is how a policy is got round.
  private func checkedAddresses(of url: OutboundURL, on eventLoop: any EventLoop) async throws -> [SocketAddress] {
    if case .address(let address) = url.host {
      try configuration.addressPolicy.check(address, for: url)
      return [try address.socketAddress(port: url.port)]
    }
    let name = url.host.name
    let found = try await withLimit(configuration.resolveTimeout, "looking up the host") {
      try await lookup.addresses(of: name, port: url.port, on: eventLoop)
    }
    var seen: Set<IPAddress> = []
    var addresses: [SocketAddress] = []
    for socketAddress in found {
      guard let address = IPAddress(socketAddress), seen.insert(address).inserted else { continue }
      try configuration.addressPolicy.check(address, for: url)
      addresses.append(try address.socketAddress(port: url.port))
    }
    guard !addresses.isEmpty else { throw OutboundError(.resolution, "the name has no addresses") }
    return addresses
  }

  /// Tries a few addresses in the system's order of preference; a TLS failure is the same on all of them.
  private func connect(
    to addresses: [SocketAddress], _ url: OutboundURL, on eventLoop: any EventLoop,
    delegate: any HTTPClientConnectionDelegate
  ) async throws -> HTTP1ClientConnection {
    let end = NIODeadline.now() + TimeAmount(configuration.connectTimeout)
    let candidates = addresses.prefix(4)
    var failure: (any Error)?
    for (index, address) in candidates.enumerated() {
      // The last one may take all that is left; the caller's own limit ends it.
      let left = max(.milliseconds(1), end - .now())
      let isLast = index == candidates.count - 1
      var settings = HTTP1ClientConnection.Configuration(context: url.scheme == .https ? tls : nil)
      settings.connectTimeout =
        isLast ? left + .seconds(1) : .nanoseconds(left.nanoseconds / Int64(candidates.count - index))
      settings.maxHeaderBytes = configuration.maxHeaderBytes
      settings.maxHeaderFields = configuration.maxHeaderFields
      do {
        return try await HTTP1ClientConnection.connect(
          to: address, hostname: url.host.name, configuration: settings, executor: EventLoopExecutor(eventLoop),
          delegate: delegate)
      } catch let error as HTTPTransportError where error.code == .tls || error.code == .protocolNegotiation {
        throw OutboundError(.tls, "the TLS handshake failed: \(error.message)", cause: error)
      } catch {
        try Task.checkCancellation()
        failure = error
      }
    }
    let reason = (failure as? HTTPTransportError)?.message ?? "no address answered"
    throw OutboundError(.connect, reason, cause: failure)
  }
}
