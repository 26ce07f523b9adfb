internal import OutboundHTTP

/// Whose requests are counted together: an API key's, or those of an address. Of IPv6 a person has a whole /64 at least,
/// so that is one subject.
package struct RateSubject: Hashable, Sendable {
  private enum Kind: UInt8 { case v4, v6, key, local }

  private let kind: Kind
  private let number: UInt64

  private init(_ kind: Kind, _ number: UInt64) {
    self.kind = kind
    self.number = number
  }

  init(_ address: IPAddress) {
    switch address.unmapped {
    case .v4(let number): self.init(.v4, UInt64(number))
    case .v6(let high, _): self.init(.v6, high)
    }
  }

  package init(key id: Int64) { self.init(.key, UInt64(bitPattern: id)) }

  /// Peers without an address: Unix sockets, and connections within the process.
  static let local = RateSubject(.local, 0)

  /// As a part of a Redis key.
  var text: String {
    let digits = String(number, radix: 16)
    return switch kind {
    case .v4: "4:" + digits
    case .v6: "6:" + digits
    case .key: "k:" + digits
    case .local: "l"
    }
  }
}
