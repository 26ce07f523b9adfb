import ArgumentParser

/// A time as people write it: `50ms`, `1.5s`, `2m`, `1h`.
struct DurationText: Sendable, Equatable, ExpressibleByArgument {
  let duration: Duration

  init(_ duration: Duration) { self.duration = duration }

  /// Nil for another text, and for more than a day.
  init?(argument: String) {
    let units: [(String, Double)] = [("ms", 0.001), ("us", 0.000_001), ("s", 1), ("m", 60), ("h", 3600)]
    guard let (unit, seconds) = units.first(where: { argument.hasSuffix($0.0) }) else { return nil }
    let number = argument.dropLast(unit.count)
    guard (1...12).contains(number.utf8.count), let value = ShortDecimal.value(number), value * seconds <= 86_400 else {
      return nil
    }
    duration = .nanoseconds(Int64((value * seconds * 1e9).rounded()))
  }

  /// As it would be written, in the largest unit that shows it without a fraction, or in milliseconds with one.
  var text: String {
    let nanoseconds = duration.nanoseconds
    for (unit, size) in [("h", 3_600_000_000_000), ("m", 60_000_000_000), ("s", 1_000_000_000), ("ms", 1_000_000)]
    where nanoseconds >= size && nanoseconds % Int64(size) == 0 {
      return "\(nanoseconds / Int64(size))\(unit)"
    }
    return nanoseconds == 0 ? "0s" : "\(Double(nanoseconds / 1000) / 1000)ms"
  }

  var defaultValueDescription: String { text }
}

/// Numbers without sign and exponent.
enum ShortDecimal {
  /// Digits with at most one point between them; nil for anything else.
  static func value(_ text: some StringProtocol) -> Double? {
    let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    guard text.utf8.count <= 15, (1...2).contains(parts.count),
      parts.allSatisfy({ !$0.isEmpty && $0.allSatisfy { (0x30...0x39).contains($0) } })
    else { return nil }
    return Double(String(text))
  }
}

extension Duration {
  /// Whole nanoseconds; those of times beyond 292 years are cut off.
  var nanoseconds: Int64 {
    let (seconds, overflows) = components.seconds.multipliedReportingOverflow(by: 1_000_000_000)
    return overflows ? .max : seconds &+ components.attoseconds / 1_000_000_000
  }
}
