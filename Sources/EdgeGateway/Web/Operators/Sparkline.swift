/// A small picture of how a figure went. What it shows is said in words beside it, so that it is not needed.
struct Sparkline: Sendable {
  static let width: Int64 = 120
  static let height: Int64 = 32
  private static let margin: Int64 = 2

  /// Oldest first; nil where nothing was told.
  let values: [Int64?]
  /// What it says to those who cannot see it.
  let label: String

  /// The values as points in a picture, one list for each stretch without a gap. Zero is at the bottom, unless there are
  /// values below it.
  var stretches: [[(x: Int64, y: Int64)]] {
    let told = values.compactMap { $0 }
    guard let high = told.max(), let low = told.min() else { return [] }
    let floor = Int128(min(low, 0))
    let span = max(1, Int128(high) - floor)
    let (across, up) = (Self.width - 2 * Self.margin, Self.height - 2 * Self.margin)
    let steps = Int64(max(1, values.count - 1))
    var stretches: [[(x: Int64, y: Int64)]] = [[]]
    for (index, value) in values.enumerated() {
      guard let value else {
        if stretches.last?.isEmpty == false { stretches.append([]) }
        continue
      }
      let rise = Int64((Int128(value) - floor) * Int128(up) / span)
      stretches[stretches.count - 1].append(
        (Self.margin + Int64(index) * across / steps, Self.height - Self.margin - rise))
    }
    return stretches.filter { !$0.isEmpty }
  }

  func drawing() -> HTML {
    let paths = stretches.map { points -> HTML in
      // A single point is a line of no length, which its round ends make a dot.
      let line = points.map { "\($0.x) \($0.y)" }.joined(separator: " ")
      guard let first = points.first, let last = points.last else { return HTML() }
      return """
        <path class="s-area" d="M\(first.x) \(Self.height) L\(line) L\(last.x) \(Self.height)z"/>\
        <path class="s-line" d="M\(first.x) \(first.y) L\(line)"/>
        """
    }
    return """
      <svg class="spark" viewBox="0 0 \(Self.width) \(Self.height)" width="\(Self.width)" height="\(Self.height)" \
      role="img" aria-label="\(label)" preserveAspectRatio="none">\(paths)</svg>
      """
  }
}
