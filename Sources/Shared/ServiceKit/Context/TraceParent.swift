/// The `traceparent` of a request (W3C Trace Context, version 00), as numbers: texts are made when they are wanted.
package struct TraceParent: Hashable, Sendable {
  private let high: UInt64
  private let low: UInt64
  private let parent: UInt64
  /// 1 says that the trace is recorded.
  private let flags: UInt8

  /// Reads the field's value; nil when it is not one.
  package init?(_ text: String) {
    let parts = text.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
    guard parts.count >= 4, let version = HexText.read(parts[0], digits: 2), parts[1].count == 32,
      let high = HexText.read(parts[1].prefix(16), digits: 16), let low = HexText.read(parts[1].suffix(16), digits: 16),
      let parent = HexText.read(parts[2], digits: 16), let flags = HexText.read(parts[3], digits: 2)
    else { return nil }
    // A later version may have more parts; version 00 has four, and ff is forbidden.
    guard version != 0xff, version != 0 || parts.count == 4, high != 0 || low != 0, parent != 0 else { return nil }
    self.init(high: high, low: low, parent: parent, flags: UInt8(truncatingIfNeeded: flags))
  }

  /// A trace that begins here, not recorded.
  package init() {
    self.init(high: UniqueNumber.next(), low: UniqueNumber.next(), parent: UniqueNumber.next(), flags: 0)
  }

  private init(high: UInt64, low: UInt64, parent: UInt64, flags: UInt8) {
    self.high = high
    self.low = low
    self.parent = parent
    self.flags = flags
  }

  /// The same trace as a further call carries it: this process is the parent.
  package var child: TraceParent {
    TraceParent(high: high, low: low, parent: UniqueNumber.next(), flags: flags)
  }

  /// 32 lower-case hexadecimal digits.
  package var traceID: String { HexText.make(high) + HexText.make(low) }

  /// As the field has it.
  package var text: String { "00-\(traceID)-\(HexText.make(parent))-\(HexText.make(UInt64(flags)).suffix(2))" }
}
