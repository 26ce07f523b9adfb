/// Lengths of time and rates as operators read them.
extension Language {
  /// `40 ms`, `1,2 s`, `3 dk`, `2 sa`, `4 gün`: two figures at most.
  func length(milliseconds: Int64) -> String {
    let whole = max(0, milliseconds)
    let (minute, hour, day) = self == .turkish ? ("dk", "sa", "gün") : ("min", "h", "d")
    switch whole {
    case ..<1000: return "\(whole)\u{a0}ms"
    case ..<10_000: return decimal(whole / 100, decimals: 1) + "\u{a0}s"
    case ..<60_000: return "\(whole / 1000)\u{a0}s"
    case ..<3_600_000: return "\(whole / 60_000)\u{a0}\(minute)"
    case ..<172_800_000: return "\(whole / 3_600_000)\u{a0}\(hour)"
    default: return number(whole / 86_400_000) + "\u{a0}\(day)"
    }
  }

  /// Thousandths as a number with as many decimals as it needs: `0,5`, `12`, `3,125`.
  func thousandths(_ value: Int64) -> String {
    if value % 1000 == 0 { return number(value / 1000) }
    if value % 100 == 0 { return decimal(value / 100, decimals: 1) }
    return value % 10 == 0 ? decimal(value / 10, decimals: 2) : decimal(value, decimals: 3)
  }

  private func decimal(_ value: Int64, decimals: Int) -> String {
    var unit: Int64 = 1
    for _ in 0..<decimals { unit *= 10 }
    let rest = String(value.magnitude % UInt64(unit))
    let padding = String(repeating: "0", count: decimals - rest.utf8.count)
    return number(value / unit) + (self == .turkish ? "," : ".") + padding + rest
  }

  /// `28 Kas 09:05:07`
  func preciseMoment(_ seconds: Int64) -> String {
    let second = Int(seconds - seconds.floorDivided(by: 60) * 60)
    return shortMoment(seconds) + ":" + CivilTime.two(second)
  }

  /// A number that a person typed, in thousandths: `0,5`, `0.125`, `12`; nil for what is none.
  static func thousandths(typed text: String) -> Int64? {
    let parts = text.split(omittingEmptySubsequences: false) { $0 == "." || $0 == "," }
    guard (1...2).contains(parts.count),
      parts.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }),
      parts[0].utf8.count <= 9, let whole = Int64(parts[0])
    else { return nil }
    guard parts.count == 2 else { return whole * 1000 }
    guard parts[1].utf8.count <= 3, let rest = Int64(parts[1] + String(repeating: "0", count: 3 - parts[1].utf8.count))
    else { return nil }
    return whole * 1000 + rest
  }
}
