package import NIOCore
package import NIOPosix

#if canImport(Darwin)
  internal import Darwin
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Glibc
#endif

/// The addresses behind one name. The seam between resolving and the network.
package protocol HostLookup: Sendable {
  /// All addresses of `host` with `port`, in order of preference; they may repeat.
  ///
  /// - Throws: UNAVAILABLE when the name is unknown or can't be looked up, CANCELLED when the task was cancelled.
  func addresses(of host: String, port: Int) async throws(RPCError) -> [SocketAddress]
}

/// The system's `getaddrinfo`, on threads that may block.
package struct SystemHostLookup: HostLookup {
  private let threads: NIOThreadPool

  /// - Parameter threads: must run for as long as the lookup is used. A lookup holds one of them until the system's
  ///   own timeout, even when its task was cancelled meanwhile.
  package init(threads: NIOThreadPool) { self.threads = threads }

  package func addresses(of host: String, port: Int) async throws(RPCError) -> [SocketAddress] {
    let result: Result<[SocketAddress], RPCError>
    do {
      result = try await threads.runIfActive { Self.lookUp(host, port: port) }
    } catch is CancellationError {
      throw RPCError(code: .cancelled, message: "the lookup of \"\(host)\" was cancelled")
    } catch {
      throw RPCError(code: .unavailable, message: "can't look up \"\(host)\"", cause: error)
    }
    return try result.get()
  }

  /// Blocks.
  private static func lookUp(_ host: String, port: Int) -> Result<[SocketAddress], RPCError> {
    var hints = addrinfo()
    #if canImport(Glibc)
      hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    #else
      hints.ai_socktype = SOCK_STREAM
    #endif
    hints.ai_flags = AI_NUMERICSERV
    var list: UnsafeMutablePointer<addrinfo>?
    let status = getaddrinfo(host, String(port), &hints, &list)
    guard status == 0 else {
      let reason = gai_strerror(status).map { String(cString: $0) } ?? "status \(status)"
      return .failure(RPCError(code: .unavailable, message: "can't look up \"\(host)\": \(reason)"))
    }
    defer { freeaddrinfo(list) }
    var addresses: [SocketAddress] = []
    var next = list
    while let info = next {
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
    return .success(addresses)
  }
}
