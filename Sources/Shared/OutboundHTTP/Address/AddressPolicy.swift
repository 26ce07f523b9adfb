/// Where a client may connect to. URLs come from people and from redirects; without a policy they would reach
/// databases, metadata services and everything else behind the firewall.
///
/// The check is made on the addresses that a name has at the time, and the connection goes to a checked address, so
/// that no second lookup can give another one.
package struct AddressPolicy: Hashable, Sendable {
  /// An exception, made by whoever runs the service.
  package enum Rule: Hashable, Sendable {
    /// Addresses of this block, on any port.
    case network(AddressNetwork)
    /// This host as URLs write it (lower case; an IPv6 address without brackets) on this port, whatever its addresses.
    case endpoint(host: String, port: Int)
  }

  /// Ports of public addresses. Default 80 and 443: HTTP spoken to other services' ports is an old way to abuse them.
  package var ports: Set<Int> = [80, 443]
  package var rules: [Rule] = []

  /// Public addresses only.
  package static let publicOnly = AddressPolicy()

  package init() {}

  /// Reads exceptions as configuration writes them: `127.0.0.0/8, ::1, shop-sim:7700, [fd00::1]:80`.
  ///
  /// - Throws: `OutboundError` `.invalidConfiguration` that names the entry.
  package init(allowing list: String) throws(OutboundError) {
    for part in list.split(separator: ",") {
      let entry = part.drop { $0 == " " }.prefix { $0 != " " }
      guard !entry.isEmpty else { continue }
      if let network = AddressNetwork(entry) {
        rules.append(.network(network))
      } else if let url = try? OutboundURL("http://\(entry)/"), entry.contains(":"), !entry.contains("/") {
        rules.append(.endpoint(host: url.host.name, port: url.port))
      } else {
        throw OutboundError(
          .invalidConfiguration, "\"\(entry)\" is neither an address block (10.0.0.0/8) nor host:port")
      }
    }
  }

  /// Checks that `address`, which is one of the URL's host's, may be connected to.
  ///
  /// - Throws: `OutboundError` `.forbiddenAddress`.
  package func check(_ address: IPAddress, for url: OutboundURL) throws(OutboundError) {
    if isListed(url) { return }
    let address = address.unmapped
    for case .network(let network) in rules where network.contains(address) { return }
    if let purpose = address.specialPurpose {
      throw OutboundError(
        .forbiddenAddress, "the host's address is not a public one (\(purpose))", origin: url.origin)
    }
    try checkPort(of: url)
  }

  /// Checks what a URL's text tells without a lookup: an address, a name of the machine or its network, a port. It is for
  /// an early answer to whoever wrote the URL; where a name leads is checked with every connection.
  ///
  /// - Throws: `OutboundError` `.forbiddenAddress`.
  package func check(_ url: OutboundURL) throws(OutboundError) {
    switch url.host {
    case .address(let address): try check(address, for: url)
    case .name(let name):
      if isListed(url) { return }
      // With blocks among the exceptions a name may well lead into one of them, on any port.
      let hasBlocks = rules.contains { if case .network = $0 { true } else { false } }
      guard !hasBlocks else { return }
      guard !Self.isLocal(name) else {
        throw OutboundError(.forbiddenAddress, "the host is none of the public Internet", origin: url.origin)
      }
      try checkPort(of: url)
    }
  }

  /// Names that no public host has (RFC 6761, RFC 6762, RFC 8375).
  private static func isLocal(_ name: String) -> Bool {
    let zones = ["localhost", "localdomain", "local", "internal", "home.arpa"]
    return zones.contains { name == $0 || name.hasSuffix(".\($0)") }
  }

  private func checkPort(of url: OutboundURL) throws(OutboundError) {
    guard !ports.contains(url.port) else { return }
    let allowed = ports.sorted().map(String.init).joined(separator: ", ")
    throw OutboundError(
      .forbiddenAddress, "port \(url.port) may not be used; allowed are \(allowed)", origin: url.origin)
  }

  private func isListed(_ url: OutboundURL) -> Bool {
    rules.contains(.endpoint(host: url.host.name, port: url.port))
  }
}
