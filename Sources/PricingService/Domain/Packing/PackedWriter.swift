/// Writes numbers in as few bytes as they need: seven bits a byte, signed ones folded so that small ones stay small.
struct PackedWriter {
  private(set) var bytes: [UInt8] = []

  init() {
    // What most listings need.
    bytes.reserveCapacity(256)
  }

  mutating func write(unsigned value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  mutating func write(_ value: Int64) {
    write(unsigned: UInt64(bitPattern: (value << 1) ^ (value >> 63)))
  }

  mutating func write(_ value: Int) { write(Int64(value)) }
  mutating func write(_ value: Bool) { bytes.append(value ? 1 : 0) }
  mutating func write(_ moment: Moment) { write(moment.milliseconds) }

  mutating func write(_ value: Int128) {
    write(Int64(truncatingIfNeeded: value >> 64))
    write(unsigned: UInt64(truncatingIfNeeded: value))
  }

  mutating func write(_ text: String) {
    write(unsigned: UInt64(text.utf8.count))
    bytes.append(contentsOf: text.utf8)
  }

  mutating func write(_ extreme: Extreme) {
    write(extreme.price)
    write(extreme.at)
  }

  /// A flag, then the value if there is one.
  mutating func write<Value>(optional value: Value?, _ body: (inout PackedWriter, Value) -> Void) {
    write(value != nil)
    if let value { body(&self, value) }
  }

  mutating func write(optional value: Int64?) { write(optional: value) { $0.write($1) } }
  mutating func write(optional value: Moment?) { write(optional: value) { $0.write($1) } }
  mutating func write(optional value: Extreme?) { write(optional: value) { $0.write($1) } }
}
