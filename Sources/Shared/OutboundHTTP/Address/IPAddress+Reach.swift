extension IPAddress {
  /// Why an address is none of the public Internet's; nil when it is.
  ///
  /// The tables are IANA's registries of special-purpose addresses (RFC 6890). Of IPv6 only the global unicast block
  /// is public at all. Addresses that carry an IPv4 address are as public as that one.
  package var specialPurpose: String? {
    switch self {
    case .v4(let number): Self.purpose(v4: number)
    case .v6(let high, let low): Self.purpose(high: high, low: low)
    }
  }

  private static func purpose(v4 number: UInt32) -> String? {
    switch number {
    case 0x0000_0000...0x00ff_ffff: "this network"
    case 0x0a00_0000...0x0aff_ffff, 0xac10_0000...0xac1f_ffff, 0xc0a8_0000...0xc0a8_ffff: "private"
    case 0x6440_0000...0x647f_ffff: "carrier-grade NAT"
    case 0x7f00_0000...0x7fff_ffff: "loopback"
    case 0xa9fe_0000...0xa9fe_ffff: "link-local"
    case 0xc000_0000...0xc000_00ff: "protocol assignments"
    case 0xc000_0200...0xc000_02ff, 0xc633_6400...0xc633_64ff, 0xcb00_7100...0xcb00_71ff: "documentation"
    case 0xc058_6300...0xc058_63ff: "6to4 relay"
    case 0xc612_0000...0xc613_ffff: "benchmarking"
    case 0xe000_0000...0xefff_ffff: "multicast"
    case 0xf000_0000...0xffff_ffff: "reserved"
    default: nil
    }
  }

  private static func purpose(high: UInt64, low: UInt64) -> String? {
    let lowHalf = UInt32(truncatingIfNeeded: low)
    if high == 0 {
      switch low {
      case 0: return "unspecified"
      case 1: return "loopback"
      default: break
      }
      // RFC 4291 §2.5.5.2; the kernel connects by IPv4.
      if low >> 32 == 0xffff { return purpose(v4: lowHalf) }
      return "reserved"
    }
    // RFC 6052 §2.1: a NAT64 gateway connects by IPv4.
    if high == 0x0064_ff9b_0000_0000, low >> 32 == 0 { return purpose(v4: lowHalf) }
    switch high >> 48 {
    case 0xfc00...0xfdff: return "private"
    case 0xfe80...0xfebf: return "link-local"
    case 0xfec0...0xfeff: return "site-local"
    case 0xff00...0xffff: return "multicast"
    case 0x2000...0x3fff: break
    default: return "reserved"
    }
    switch high >> 32 {
    case 0x2001_0000...0x2001_01ff: return "protocol assignments"
    case 0x2001_0db8, 0x3fff_0000...0x3fff_0fff: return "documentation"
    default: break
    }
    // RFC 3056 §2: a 6to4 relay sends on to the IPv4 address behind the prefix.
    if high >> 48 == 0x2002 { return purpose(v4: UInt32(truncatingIfNeeded: high >> 16)) }
    // RFC 5214 §6.1: the same for ISATAP's interface identifiers.
    if low >> 32 & 0xfcff_ffff == 0x0000_5efe { return purpose(v4: lowHalf) }
    return nil
  }
}
