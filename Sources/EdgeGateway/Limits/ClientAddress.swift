internal import HTTPTransport
internal import OutboundHTTP
package import ServiceKit

/// Finds the address that a request comes from, through proxies that we trust and no others.
///
/// A proxy that we trust adds the address that it was called from at the right end of the field, so the field is read
/// from the right: past our own proxies to the first address that is not one of them. What stands left of that was
/// written by a stranger and is not looked at. Only the one field that our proxies write is read; the other one may have
/// passed through them as the client sent it.
package struct ClientAddress: Sendable {
  package enum Field: String, Sendable, CaseIterable {
    case xForwardedFor = "x-forwarded-for"
    /// RFC 7239.
    case forwarded
  }

  /// How many proxies may stand in a row.
  private static let maximumHops = 16

  private let trusted: [AddressNetwork]
  private let field: Field

  /// - Parameter trusted: blocks in CIDR notation.
  /// - Throws: `ServiceError` `.configuration` that names the entry.
  package init(trusted: [String], field: Field) throws(ServiceError) {
    var networks: [AddressNetwork] = []
    for text in trusted {
      guard let network = AddressNetwork(text) else {
        throw ServiceError(
          .configuration,
          "TRUSTED_PROXIES: \(text.prefix(60)) is not an address or block such as 10.0.0.0/8 or fd00::/8")
      }
      networks.append(network)
    }
    self.trusted = networks
    self.field = field
  }

  func isTrusted(_ address: IPAddress) -> Bool { trusted.contains { $0.contains(address) } }

  /// The peer of a connection, nil for one without an address; and whether it may speak for others.
  func peer(of connection: HTTPConnectionInfo) -> (address: IPAddress?, isProxy: Bool) {
    guard let address = connection.remoteAddress.flatMap({ IPAddress($0) })?.unmapped else { return (nil, false) }
    return (address, isTrusted(address))
  }

  /// The client of a request that arrived from a trusted proxy.
  func client(behind proxy: IPAddress, _ head: HeaderBlock) -> IPAddress {
    var known = proxy
    var hops = 0
    // Several fields are one list, in order (RFC 9110 §5.3).
    for index in (0..<head.count).reversed() where isField(head, index) {
      for element in head.value(at: index).split(separator: ",", omittingEmptySubsequences: false).reversed() {
        hops += 1
        guard hops <= Self.maximumHops, let address = Self.address(in: element, field) else { return known }
        known = address
        if !isTrusted(address) { return known }
      }
    }
    return known
  }

  private func isField(_ head: HeaderBlock, _ index: Int) -> Bool {
    switch field {
    case .xForwardedFor: head.nameEquals("x-forwarded-for", at: index)
    case .forwarded: head.nameEquals("forwarded", at: index)
    }
  }

  private static func address(in element: Substring, _ field: Field) -> IPAddress? {
    switch field {
    case .xForwardedFor: return address(trimmed(element))
    case .forwarded:
      for pair in element.split(separator: ";") {
        let parts = pair.split(separator: "=", maxSplits: 1)
        guard parts.count == 2, trimmed(parts[0]).lowercased() == "for" else { continue }
        var value = trimmed(parts[1])
        if value.count >= 2, value.first == "\"", value.last == "\"" { value = value.dropFirst().dropLast() }
        return address(value)
      }
      return nil
    }
  }

  /// `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]`, `[2001:db8::1]:80`. Anything else, such as `unknown`,
  /// is nil.
  private static func address(_ text: Substring) -> IPAddress? {
    if text.first == "[" {
      guard let end = text.firstIndex(of: "]"), isPort(text[text.index(after: end)...]) else { return nil }
      return IPAddress(v6: text[text.index(after: text.startIndex)..<end])?.unmapped
    }
    if let v6 = IPAddress(v6: text) { return v6.unmapped }
    guard let colon = text.firstIndex(of: ":") else { return IPAddress(v4: text) }
    return isPort(text[colon...]) ? IPAddress(v4: text[..<colon]) : nil
  }

  /// Nothing, or a colon and digits.
  private static func isPort(_ text: Substring) -> Bool {
    text.isEmpty
      || (text.first == ":" && (2...6).contains(text.utf8.count)
        && text.utf8.dropFirst().allSatisfy { (0x30...0x39).contains($0) })
  }

  private static func trimmed(_ text: Substring) -> Substring {
    var text = text.drop { $0 == " " || $0 == "\t" }
    while let last = text.last, last == " " || last == "\t" { text.removeLast() }
    return text
  }
}
