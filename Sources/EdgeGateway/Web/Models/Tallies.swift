internal import MeshMessages

/// How many open deals there are of each kind, among the best of them.
struct DealTally: Sendable {
  var categories: [String: Int] = [:]
  var shops: [String: Int] = [:]
  var verdicts: [VerdictTone: Int] = [:]
  /// Whether there are no others.
  var isWhole = true

  init() {}

  init(_ answer: PricingV1.ListDealsResponse) {
    isWhole = answer.nextPageToken.isEmpty
    for deal in answer.deals {
      shops[deal.shop, default: 0] += 1
      verdicts[VerdictTone(deal.verdict), default: 0] += 1
      Self.count(deal.category, in: &categories)
    }
  }

  /// A category counts for those above it as well.
  fileprivate static func count(_ category: String, in counts: inout [String: Int]) {
    var path = category[...]
    while !path.isEmpty {
      counts[String(path), default: 0] += 1
      path = path.lastIndex(of: "/").map { path[..<$0] } ?? ""
    }
  }
}

/// The same for what a search finds.
struct SearchTally: Sendable {
  var categories: [String: Int] = [:]
  var brands: [String: Int] = [:]
  var shops: [String: Int] = [:]
  var total = 0
  var isWhole = true

  init() {}

  init(_ answer: CatalogV1.SearchProductsResponse) {
    isWhole = answer.nextPageToken.isEmpty
    total = answer.products.count
    for product in answer.products {
      if !product.category.isEmpty { categories[product.category, default: 0] += 1 }
      if !product.brand.isEmpty { brands[product.brand, default: 0] += 1 }
      if let shop = product.price?.shop, !shop.isEmpty { shops[shop, default: 0] += 1 }
    }
  }

  /// The most frequent first, then by name.
  static func ordered(_ counts: [String: Int]) -> [(key: String, value: Int)] {
    Array(counts.sorted { ($0.value, $1.key) > ($1.value, $0.key) }.prefix(60))
  }
}
