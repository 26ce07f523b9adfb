internal import MeshMessages

/// Which deals a live client wants. What is unset does not restrict.
struct DealInterest: Sendable, Hashable {
  /// This category and those below it, by path.
  var category: String?
  var shop: String?
  /// Basis points.
  var minDiscount: UInt32 = 0
  var verdict: CommonV1.Verdict?

  func wants(_ event: LiveEvent) -> Bool {
    guard let deal = event.deal else { return false }
    if deal.discount < minDiscount { return false }
    if let verdict, verdict != deal.verdict { return false }
    if let shop, shop != deal.shop { return false }
    guard let category else { return true }
    return Self.isAt(event.category, orBelow: category)
  }

  static func isAt(_ path: String, orBelow category: String) -> Bool {
    let path = path.utf8
    let category = category.utf8
    guard path.starts(with: category) else { return false }
    return path.count == category.count || path.dropFirst(category.count).first == UInt8(ascii: "/")
  }
}
