internal import PostgresClient
internal import Synchronization

/// The text of a list of deals, and which of a query's values stand in its places.
///
/// A list walks one index to the page's end: of those that begin with `deal_open_` the one for the order, behind the
/// category or the shop if one is asked for; deal_product or deal_listing with a product or listing.
struct DealListText: Sendable {
  enum Value: Sendable {
    case category, belowCategory, afterCategory, shop, minimumDiscount, productID, listingID, placeValue, placeID
  }

  /// All that the text depends on. Queries of one shape differ in their values only.
  struct Shape: Hashable, Sendable {
    private let conditions: UInt8
    /// Said, not bound, where many ask for the same: how many deals it leaves decides what a walk through the others costs,
    /// so that PostgreSQL would plan each time anew, which takes as long as the page.
    let verdict: DealVerdict?
    let discount: Int64
    let order: DealQuery.Order
    let limit: Int

    init(_ query: DealQuery, isFirst: Bool, limit: Int) {
      let isRound = query.minimumDiscount % 500 == 0
      let asked = [
        !isFirst, query.listingID != nil, query.productID != nil, !isRound && query.minimumDiscount > 0,
        !query.shop.isEmpty, !query.category.isEmpty,
      ]
      conditions = asked.reduce(0) { $0 << 1 | ($1 ? 1 : 0) }
      verdict = query.verdict
      discount = isRound ? query.minimumDiscount : 0
      order = query.order
      self.limit = limit
    }

    var hasCategory: Bool { conditions & 1 != 0 }
    var hasShop: Bool { conditions & 2 != 0 }
    var hasBoundDiscount: Bool { conditions & 4 != 0 }
    var hasProduct: Bool { conditions & 8 != 0 }
    var hasListing: Bool { conditions & 16 != 0 }
    var hasPlace: Bool { conditions & 32 != 0 }
  }

  private(set) var sql = ""
  private(set) var values: [Value] = []

  init(_ shape: Shape) {
    var conditions: [String] = []
    let isOpen = "d.closed_at IS NULL AND NOT d.is_out_of_stock"
    let isOfAll = !shape.hasProduct && !shape.hasListing
    if isOfAll { conditions.append(isOpen) }
    if shape.hasProduct { conditions.append("d.product_id = \(bind(.productID))") }
    if shape.hasListing { conditions.append("d.listing_id = \(bind(.listingID))") }
    if shape.hasShop { conditions.append("d.shop = \(bind(.shop))") }
    if shape.discount > 0 { conditions.append("d.real_discount >= \(shape.discount)") }
    if shape.hasBoundDiscount { conditions.append("d.real_discount >= \(bind(.minimumDiscount))") }
    if let verdict = shape.verdict { conditions.append("d.verdict = \(verdict.rawValue)") }
    let column =
      switch shape.order {
      case .score: "d.score"
      case .discount: "d.real_discount"
      case .newest: "d.opened_at"
      }
    if shape.hasPlace { conditions.append("(\(column), d.id) < (\(bind(.placeValue)), \(bind(.placeID)))") }
    // Said, not bound: a plan for any limit would take a tenth of all deals for a page.
    let end = "ORDER BY \(column) DESC, d.id DESC LIMIT \(shape.limit)"
    var categories = ""
    if shape.hasCategory {
      let (path, from, to) = (bind(.category), bind(.belowCategory), bind(.afterCategory))
      if isOfAll {
        // From each category of the subtree that has open deals to the next, then the best of each, then of all.
        categories = """
          WITH RECURSIVE k AS (
            SELECT \(path)::text COLLATE "C" AS category
            UNION ALL
            SELECT (
              SELECT d.category FROM deal d
              WHERE \(isOpen) AND d.category > greatest(k.category, \(from)) AND d.category < \(to)
              ORDER BY d.category LIMIT 1)
            FROM k WHERE k.category IS NOT NULL)
          """
        conditions.append("d.category = k.category")
      } else {
        conditions.append("(d.category = \(path) OR (d.category >= \(from) AND d.category < \(to)))")
      }
    }
    var found = "SELECT d.* FROM deal d WHERE \(conditions.joined(separator: " AND ")) \(end)"
    if !categories.isEmpty {
      found = "SELECT d.* FROM k CROSS JOIN LATERAL (\(found)) d WHERE k.category IS NOT NULL \(end)"
    }
    sql = """
      \(categories)
      SELECT \(DealReader.columns)
      FROM (\(found)) d JOIN listing l ON l.id = d.listing_id
      ORDER BY \(column) DESC, d.id DESC
      """
  }

  private mutating func bind(_ value: Value) -> String {
    values.append(value)
    return "$\(values.count)"
  }
}

extension DealListText.Value {
  /// What a query has there. A text has only values that its query has.
  func value(in query: DealQuery, after place: DealReader.Place?) -> any PostgresEncodable {
    switch self {
    case .category: query.category
    case .belowCategory: query.category + "/"
    // "0" is the character after "/".
    case .afterCategory: query.category + "0"
    case .shop: query.shop
    case .minimumDiscount: Int32(clamping: query.minimumDiscount)
    case .productID: query.productID ?? 0
    case .listingID: query.listingID ?? 0
    case .placeValue:
      query.order == .newest
        ? Moment(milliseconds: place?.value ?? 0).timestamp : Int32(clamping: place?.value ?? 0)
    case .placeID: place?.id ?? 0
    }
  }
}

/// Texts of lists by their shapes, so that each is written once.
final class DealListTexts: Sendable {
  static let shared = DealListTexts()

  /// More are not kept, some 2 KB each: whoever asks for all sizes and conditions in turn has them forgotten.
  static let maximum = 500

  private let texts = Mutex<[DealListText.Shape: DealListText]>([:])

  func text(of shape: DealListText.Shape) -> DealListText {
    texts.withLock { texts in
      if let known = texts[shape] { return known }
      if texts.count >= Self.maximum { texts.removeAll() }
      let text = DealListText(shape)
      texts[shape] = text
      return text
    }
  }

  var count: Int { texts.withLock { $0.count } }
}
