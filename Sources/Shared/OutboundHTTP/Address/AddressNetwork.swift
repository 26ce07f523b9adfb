/// A block of addresses in CIDR notation (RFC 4632, RFC 4291 §2.3).
package struct AddressNetwork: Hashable, Sendable {
  package let base: IPAddress
  /// How many leading bits belong to the block: 0 to 32, or to 128.
  package let prefixLength: Int

  /// Bits behind the prefix are of no meaning. Nil when the length does not fit the address.
  package init?(_ base: IPAddress, prefixLength: Int) {
    switch base {
    case .v4: guard (0...32).contains(prefixLength) else { return nil }
    case .v6: guard (0...128).contains(prefixLength) else { return nil }
    }
    self.base = base
    self.prefixLength = prefixLength
  }

  /// Reads `10.0.0.0/8`, `fd00::/8`, or a single address.
  package init?(_ text: some StringProtocol) {
    let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    guard let first = parts.first, let address = IPAddress(v4: first) ?? IPAddress(v6: first) else { return nil }
    var length = 128
    if case .v4 = address { length = 32 }
    if parts.count == 2 {
      guard parts[1].utf8.allSatisfy({ (0x30...0x39).contains($0) }), let written = Int(parts[1]) else { return nil }
      length = written
    }
    self.init(address, prefixLength: length)
  }

  package func contains(_ address: IPAddress) -> Bool {
    switch (base, address) {
    case (.v4(let base), .v4(let other)):
      // Shifts by the whole width give zero: the smart shift is meant.
      return (base ^ other) >> (32 - prefixLength) == 0
    case (.v6(let high, let low), .v6(let otherHigh, let otherLow)):
      if prefixLength <= 64 { return (high ^ otherHigh) >> (64 - prefixLength) == 0 }
      return high == otherHigh && (low ^ otherLow) >> (128 - prefixLength) == 0
    default: return false
    }
  }
}
