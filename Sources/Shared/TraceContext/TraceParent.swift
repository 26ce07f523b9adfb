/// The `traceparent` of a request (W3C Trace Context, version 00), as numbers: texts are made when they are wanted.
package struct TraceParent: Hashable, Sendable {
  private let high: UInt64
  private let low: UInt64
  private let span: UInt64
  private let flags: UInt8

  private static let sampledFlag: UInt8 = 1

  /// Reads the field's value; nil when it is not one.
  package init?(_ text: String) {
    var text = text
    guard let read = text.withUTF8({ TraceParent(UnsafeRawBufferPointer($0)) }) else { return nil }
    self = read
  }

  /// Reads the field's value as it came; nil when it is not one.
  package init?(_ text: UnsafeRawBufferPointer) {
    // version-trace-span-flags, in digits: 2, 32, 16, 2.
    guard text.count >= 55, text[2] == Self.dash, text[35] == Self.dash, text[52] == Self.dash,
      let version = HexText.read(text[0..<2]), let high = HexText.read(text[3..<19]),
      let low = HexText.read(text[19..<35]), let span = HexText.read(text[36..<52]),
      let flags = HexText.read(text[53..<55])
    else { return nil }
    // A later version may have more parts; version 00 has four, and ff is forbidden.
    guard version != 0xff, text.count == 55 || version != 0 && text[55] == Self.dash, high != 0 || low != 0, span != 0
    else { return nil }
    self.init(high: high, low: low, span: span, flags: UInt8(truncatingIfNeeded: flags))
  }

  private static let dash = UInt8(ascii: "-")

  /// A trace that begins here.
  package init(isSampled: Bool = false) {
    self.init(
      high: UniqueNumber.next(), low: UniqueNumber.next(), span: UniqueNumber.next(),
      flags: isSampled ? Self.sampledFlag : 0)
  }

  private init(high: UInt64, low: UInt64, span: UInt64, flags: UInt8) {
    self.high = high
    self.low = low
    self.span = span
    self.flags = flags
  }

  /// Whether the trace is recorded by those before (§2.2.4.1).
  package var isSampled: Bool { flags & Self.sampledFlag != 0 }

  /// The same trace as a further call carries it: with a span of its own.
  package var child: TraceParent { TraceParent(high: high, low: low, span: UniqueNumber.next(), flags: flags) }

  /// The same place of the same trace, recorded or not.
  package func sampled(_ isSampled: Bool) -> TraceParent {
    TraceParent(
      high: high, low: low, span: span, flags: isSampled ? flags | Self.sampledFlag : flags & ~Self.sampledFlag)
  }

  /// 32 lower-case hexadecimal digits.
  package var traceID: String { HexText.make(high) + HexText.make(low) }

  /// 16 lower-case hexadecimal digits: the span whose work this is.
  package var spanID: String { HexText.make(span) }

  /// The part of the trace's id that is random in all traces (§2.2.3), for decisions by ratio.
  var randomPart: UInt64 { low }

  /// As the field has it.
  package var text: String {
    String(unsafeUninitializedCapacity: 55) { text in
      var end = 0
      func append(_ number: UInt64, last count: Int, then mark: Unicode.Scalar?) {
        withUnsafeBytes(of: HexText.digits(number)) { digits in
          for index in 16 - count..<16 {
            text[end] = digits[index]
            end += 1
          }
        }
        guard let mark else { return }
        text[end] = UInt8(ascii: mark)
        end += 1
      }
      append(0, last: 2, then: "-")
      append(high, last: 16, then: nil)
      append(low, last: 16, then: "-")
      append(span, last: 16, then: "-")
      append(UInt64(flags), last: 2, then: nil)
      return end
    }
  }
}
