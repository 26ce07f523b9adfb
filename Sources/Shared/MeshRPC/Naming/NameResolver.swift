package import NIOCore

/// What a resolver found.
package struct Resolution: Sendable {
  /// The addresses in order of preference, each once; at least one.
  package let addresses: [SocketAddress]

  /// The lookups that failed while others succeeded: worth a line in the log.
  package let failures: [RPCError]

  package init(addresses: [SocketAddress], failures: [RPCError] = []) {
    self.addresses = addresses
    self.failures = failures
  }
}

/// Finds the addresses of a target. When to ask again is `ResolutionSchedule`'s to say.
package protocol NameResolver: Sendable {
  /// Looks the addresses up.
  ///
  /// - Throws: UNAVAILABLE when there are none, CANCELLED when the task was cancelled.
  func resolve() async throws(RPCError) -> Resolution

  /// Whether another lookup may find others. If not, it need not be repeated.
  var canChange: Bool { get }
}

/// Addresses that are known from the start.
package struct StaticNameResolver: NameResolver {
  private let addresses: [SocketAddress]

  package init(_ addresses: [SocketAddress]) {
    var seen: Set<SocketAddress> = []
    self.addresses = addresses.filter { seen.insert($0).inserted }
  }

  package var canChange: Bool { false }

  package func resolve() async throws(RPCError) -> Resolution {
    guard !addresses.isEmpty else { throw RPCError(code: .unavailable, message: "the list of addresses is empty") }
    return Resolution(addresses: addresses)
  }
}

/// Looks up the names of a target; addresses in it stay as they are. All addresses of all names count: a headless
/// service of Kubernetes has one for each of its pods.
package struct DNSNameResolver: NameResolver {
  /// The most addresses that are used: the answer comes from the network.
  package static let maximumAddresses = 1024

  private let endpoints: [Target.Endpoint]
  private let lookup: any HostLookup

  package init(_ endpoints: [Target.Endpoint], lookup: any HostLookup) {
    self.endpoints = endpoints
    self.lookup = lookup
  }

  package var canChange: Bool { true }

  package func resolve() async throws(RPCError) -> Resolution {
    var addresses: [SocketAddress] = []
    var seen: Set<SocketAddress> = []
    var failures: [RPCError] = []
    for endpoint in endpoints {
      let found: [SocketAddress]
      switch endpoint {
      case .address(let address): found = [address]
      case .host(let host, let port):
        do {
          found = try await lookup.addresses(of: host, port: port)
        } catch {
          if error.code == .cancelled { throw error }
          failures.append(error)
          continue
        }
      }
      for address in found where addresses.count < Self.maximumAddresses && seen.insert(address).inserted {
        addresses.append(address)
      }
    }
    guard addresses.isEmpty else { return Resolution(addresses: addresses, failures: failures) }
    throw failures.first ?? RPCError(code: .unavailable, message: "the name has no addresses")
  }
}

extension Target {
  /// The resolver for this target.
  package func resolver(lookup: any HostLookup) -> any NameResolver {
    if needsLookup { return DNSNameResolver(endpoints, lookup: lookup) }
    return StaticNameResolver(
      endpoints.compactMap { if case .address(let address) = $0 { address } else { nil } })
  }
}
