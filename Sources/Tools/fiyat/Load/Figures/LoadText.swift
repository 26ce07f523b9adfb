/// Numbers as a report shows them.
enum LoadText {
  /// Microseconds as milliseconds: `0.42 ms`, `12.3 ms`, `1250 ms`.
  static func time(_ microseconds: Int64?) -> String {
    guard let microseconds else { return "-" }
    let milliseconds = Double(microseconds) / 1000
    return decimal(milliseconds, milliseconds < 10 ? 2 : milliseconds < 100 ? 1 : 0) + " ms"
  }

  /// `99.87%`
  static func share(_ share: Double?) -> String { share.map { decimal($0 * 100, 2) + "%" } ?? "-" }

  /// With so many decimals, rounded.
  static func decimal(_ value: Double, _ decimals: Int) -> String {
    guard value.isFinite, value.magnitude < 1e15 else { return "\(value)" }
    let scale = (0..<decimals).reduce(1.0) { scale, _ in scale * 10 }
    let scaled = Int64((value * scale).rounded())
    let whole = scaled.magnitude / UInt64(scale)
    let sign = scaled < 0 ? "-" : ""
    guard decimals > 0 else { return sign + String(whole) }
    let fraction = String(scaled.magnitude % UInt64(scale))
    return sign + "\(whole)." + String(repeating: "0", count: decimals - fraction.count) + fraction
  }
}
