/// Whether a shop can deliver, as an observation says it.
package enum Availability: Int16, Sendable, CaseIterable {
  case inStock = 1
  case outOfStock = 2
  /// Can be ordered, comes later.
  case preorder = 3
  /// The source looked and could not tell.
  case unknown = 4

  /// Where two observations of one moment differ, the one with the lower rank stands.
  var rank: Int {
    switch self {
    case .inStock: 0
    case .preorder: 1
    case .outOfStock: 2
    case .unknown: 3
    }
  }
}
