package import NIOCore

/// An IP address as a number, for comparing with networks.
package enum IPAddress: Hashable, Sendable {
  case v4(UInt32)
  case v6(high: UInt64, low: UInt64)

  /// The address in a socket address; nil for Unix sockets.
  package init?(_ address: SocketAddress) {
    // In every system's sockaddr_in the address lies behind family and port, in sockaddr_in6 behind the flow as well.
    let offset: Int
    switch address {
    case .v4: offset = 4
    case .v6: offset = 8
    case .unixDomainSocket: return nil
    }
    self = address.withSockAddr { pointer, size in
      let bytes = UnsafeRawBufferPointer(start: pointer, count: size)
      if offset == 8 { return Self.v6(bytes: UnsafeRawBufferPointer(rebasing: bytes[8..<24])) }
      return .v4(bytes[4..<8].reduce(UInt32(0)) { $0 << 8 | UInt32($1) })
    }
  }

  private static func v6(bytes: UnsafeRawBufferPointer) -> IPAddress {
    func number(_ range: Range<Int>) -> UInt64 {
      bytes[range].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    }
    return .v6(high: number(0..<8), low: number(8..<16))
  }

  /// Reads dotted decimal: four numbers without leading zeros. Other spellings that some resolvers take for addresses
  /// (`127.1`, `0x7f.0.0.1`, `2130706433`) are nil.
  package init?(v4 text: some StringProtocol) {
    let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    guard parts.count == 4 else { return nil }
    var number: UInt32 = 0
    for part in parts {
      guard (1...3).contains(part.count), part.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
      if part.count > 1, part.first == 0x30 { return nil }
      let octet = part.reduce(UInt32(0)) { $0 * 10 + UInt32($1 - 0x30) }
      guard octet <= 255 else { return nil }
      number = number << 8 | octet
    }
    self = .v4(number)
  }

  /// Reads an IPv6 address without brackets and without a zone (RFC 4291 §2.2).
  package init?(v6 text: some StringProtocol) {
    guard text.utf8.contains(UInt8(ascii: ":")), text.utf8.count <= 45,
      text.utf8.allSatisfy({ byte in
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
          UInt8(ascii: "A")...UInt8(ascii: "F"), UInt8(ascii: ":"), UInt8(ascii: "."):
          true
        default: false
        }
      }),
      let address = try? SocketAddress(ipAddress: String(text), port: 0),
      case .v6 = address
    else { return nil }
    self.init(address)
  }

  /// The address with a port, to connect to.
  package func socketAddress(port: Int) throws -> SocketAddress {
    var packed = ByteBuffer()
    switch self {
    case .v4(let number): packed.writeInteger(number)
    case .v6(let high, let low): packed.writeMultipleIntegers(high, low)
    }
    return try SocketAddress(packedIPAddress: packed, port: port)
  }

  /// The IPv4 address that an IPv4-mapped one stands for, which is where the kernel connects to; else itself.
  package var unmapped: IPAddress {
    if case .v6(0, let low) = self, low >> 32 == 0xffff { return .v4(UInt32(truncatingIfNeeded: low)) }
    return self
  }
}

extension IPAddress: CustomStringConvertible {
  package var description: String {
    (try? socketAddress(port: 0))?.ipAddress ?? "unknown address"
  }
}
