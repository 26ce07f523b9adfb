internal import NIOCore
internal import NIOPosix

#if canImport(Darwin)
  internal import Darwin
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Glibc
#endif

/// Finds the addresses of hosts, off the event loops.
struct AddressLookup: Sendable {
  /// Blocks until the system has the addresses of a name, each with the port.
  typealias Blocking = @Sendable (_ name: String, _ port: Int) throws(OutboundError) -> [SocketAddress]

  /// More addresses of one name are not used: the answer comes from the network.
  static let maximumAddresses = 64

  private let threads: NIOThreadPool
  private let blocking: Blocking

  /// - Parameter threads: must run for as long as the lookup is used. A lookup holds one of them until the system's own
  ///   time-out, even when nobody waits for it any more.
  init(threads: NIOThreadPool, blocking: @escaping Blocking = Self.system) {
    self.threads = threads
    self.blocking = blocking
  }

  /// Returns as soon as the task is cancelled, whatever the system does.
  ///
  /// - Throws: `OutboundError` `.resolution`, `CancellationError`.
  func addresses(of name: String, port: Int, on eventLoop: any EventLoop) async throws -> [SocketAddress] {
    let promise = eventLoop.makePromise(of: [SocketAddress].self)
    return try await withTaskCancellationHandler {
      threads.runIfActive(eventLoop: eventLoop) { [blocking] in try blocking(name, port) }.cascade(to: promise)
      return try await promise.futureResult.get()
    } onCancel: {
      promise.fail(CancellationError())
    }
  }

  /// `getaddrinfo`.
  static let system: Blocking = { name, port throws(OutboundError) in
    var hints = addrinfo()
    #if canImport(Glibc)
      hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    #else
      hints.ai_socktype = SOCK_STREAM
    #endif
    hints.ai_flags = AI_NUMERICSERV
    var list: UnsafeMutablePointer<addrinfo>?
    let status = getaddrinfo(name, String(port), &hints, &list)
    guard status == 0 else {
      let reason = gai_strerror(status).map { String(cString: $0) } ?? "status \(status)"
      throw OutboundError(.resolution, "the name cannot be looked up: \(reason)")
    }
    defer { freeaddrinfo(list) }
    var addresses: [SocketAddress] = []
    var next = list
    while let info = next, addresses.count < maximumAddresses {
      next = info.pointee.ai_next
      guard let address = info.pointee.ai_addr else { continue }
      switch info.pointee.ai_family {
      case AF_INET:
        address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { addresses.append(SocketAddress($0.pointee)) }
      case AF_INET6:
        address.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { addresses.append(SocketAddress($0.pointee)) }
      default: continue
      }
    }
    return addresses
  }
}
