import MeshMessages

/// A list of products as it is asked for, checked.
struct ProductQuery: Hashable, Sendable {
  enum Order: String, Hashable, Sendable {
    case relevance, price, priceDescending, discount, newest, updated
  }

  /// What a person typed, folded into words; nil in a plain list.
  struct Search: Hashable, Sendable {
    var words: [String]
    /// Lower-cased by Turkish rules, for the stemmer.
    var text: String

    /// The most words that are looked for.
    static let maximumWords = 12
  }

  var search: Search?
  var category = ""
  var brandKey = ""
  var shop = ""
  var externalID = ""
  var isActive = true
  var currency = ""
  var minimumPrice: Int64?
  var maximumPrice: Int64?
  /// Basis points; nil: also products without a deal.
  var minimumDiscount: Int32?
  var order = Order.newest
  var size = 20
  var after: PageToken?
  /// How a search's words are looked for. On later pages it follows from the token.
  var match = Match.words

  /// From the strictest to the loosest; each holds what the one before it finds.
  enum Match: String, Hashable, Sendable, CaseIterable {
    /// Products that have all the words as typed.
    case words
    /// Those too that have their Turkish stems, or words which begin with them.
    case beginnings
    /// Titles that look like the words, whatever their spelling.
    case likeness
  }

  static let maximumSize: UInt32 = 200
  /// A search with fewer hits than this is made again by a looser match.
  static let fewHits = 20

  /// Rows to read: one beyond the page tells whether there is another; a search's first page counts its hits, too.
  var limit: Int { (search != nil && after == nil ? max(size, Self.fewHits) : size) + 1 }

  /// - Throws: `InvalidField`.
  init(_ request: CatalogV1.ListProductsRequest) throws(InvalidField) {
    guard request.order != .relevance else { throw InvalidField("order", "any but RELEVANCE, which is for searches") }
    try self.init(request.filter, request.order, request.page, search: nil)
  }

  /// - Throws: `InvalidField`.
  init(_ request: CatalogV1.SearchProductsRequest) throws(InvalidField) {
    let query = try FieldRules.text(request.query, "query", 1...200)
    let words = TurkishText.words(query, limit: Search.maximumWords)
    guard !words.isEmpty else { throw InvalidField("query", "at least one letter or digit") }
    try self.init(
      request.filter, request.order, request.page, search: Search(words: words, text: TurkishText.lowercased(query)))
  }

  private init(
    _ filter: CatalogV1.ProductFilter?, _ order: CatalogV1.ProductOrder, _ page: CommonV1.Page?, search: Search?
  ) throws(InvalidField) {
    self.search = search
    self.order = try Self.order(order, isSearch: search != nil)
    if let filter { try apply(filter) }
    guard currency.isEmpty == false || (minimumPrice == nil && maximumPrice == nil && !isSortedByPrice) else {
      throw InvalidField("filter.currency", "an ISO 4217 code, since prices are compared")
    }
    if let minimumPrice, let maximumPrice, minimumPrice > maximumPrice {
      throw InvalidField("filter.min_price", "at most filter.max_price")
    }
    let size = page?.size ?? 0
    guard size <= Self.maximumSize else { throw InvalidField("page.size", "1 to \(Self.maximumSize), or 0 for 20") }
    self.size = size == 0 ? 20 : Int(size)
    let token = page?.token ?? ""
    do throws(InvalidField) {
      after = try PageToken.parse(token, for: identity)
    } catch {
      guard search != nil else { throw error }
      after = try laterPage(token)
    }
  }

  /// The place in a search that went by a looser match than its words; sets `match`.
  private mutating func laterPage(_ token: String) throws(InvalidField) -> PageToken? {
    match = .beginnings
    if let place = try? PageToken.parse(token, for: identity) { return place }
    match = .likeness
    return try PageToken.parse(token, for: identity)
  }

  /// Whether prices or discounts decide what is in the list.
  var hasPriceFilter: Bool { minimumPrice != nil || maximumPrice != nil || minimumDiscount != nil }

  var isSortedByPrice: Bool { order == .price || order == .priceDescending }

  /// The token for what comes behind an item of this list.
  func token(key: Int64, id: Int64) -> String { PageToken(key: key, id: id).text(for: identity) }

  private mutating func apply(_ filter: CatalogV1.ProductFilter) throws(InvalidField) {
    category = try FieldRules.text(filter.category, "filter.category", 0...900)
    brandKey = TurkishText.folded(try FieldRules.text(filter.brand, "filter.brand", 0...200))
    shop = filter.shop.isEmpty ? "" : try FieldRules.shop(filter.shop)
    externalID = try FieldRules.text(filter.externalId, "filter.external_id", 0...200)
    guard externalID.isEmpty || !shop.isEmpty else {
      throw InvalidField("filter.shop", "the shop whose external_id is meant")
    }
    switch filter.status {
    case .unspecified, .active: isActive = true
    case .retired: isActive = false
    default: throw InvalidField("filter.status", "ACTIVE or RETIRED")
    }
    currency = filter.currency.isEmpty ? "" : try FieldRules.currency(filter.currency)
    minimumPrice = filter.minPrice
    maximumPrice = filter.maxPrice
    guard (minimumPrice ?? 0) >= 0 else { throw InvalidField("filter.min_price", "0 or more minor units") }
    guard (maximumPrice ?? 0) >= 0 else { throw InvalidField("filter.max_price", "0 or more minor units") }
    guard filter.minDiscountBasisPoints <= 10_000 else {
      throw InvalidField("filter.min_discount_basis_points", "0 to 10000")
    }
    if filter.minDiscountBasisPoints > 0 {
      minimumDiscount = Int32(filter.minDiscountBasisPoints)
    } else if filter.onSale || order == .discount {
      minimumDiscount = 1
    }
  }

  private static func order(
    _ order: CatalogV1.ProductOrder, isSearch: Bool
  ) throws(InvalidField) -> Order {
    switch order {
    case .unspecified: return isSearch ? .relevance : .newest
    case .relevance: return .relevance
    case .price: return .price
    case .priceDescending: return .priceDescending
    case .discount: return .discount
    case .newest: return .newest
    case .updated: return .updated
    default: throw InvalidField("order", "one of the named orders")
    }
  }

  /// Everything that makes one list another: all but page size and position.
  private var identity: ListFingerprint {
    var identity = ListFingerprint()
    identity.add(search?.words ?? [])
    identity.add(category)
    identity.add(brandKey)
    identity.add(shop)
    identity.add(externalID)
    identity.add(isActive ? "true" : "false")
    identity.add(currency)
    identity.add(minimumPrice.map { String($0) } ?? "")
    identity.add(maximumPrice.map { String($0) } ?? "")
    identity.add(minimumDiscount.map { String($0) } ?? "")
    identity.add(order.rawValue)
    identity.add(match.rawValue)
    return identity
  }
}
