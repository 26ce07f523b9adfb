import PostgresClient
import Synchronization

/// The text of a list's statement, and which of a query's values stand in its places.
struct ListText: Hashable, Sendable {
  enum Value: Hashable, Sendable {
    case category, brandKey, shop, externalID, currency, minimumPrice, maximumPrice, minimumDiscount
    case afterKey, afterMoment, afterID
    /// Words that are searched for.
    case text(String)
  }

  var sql = ""
  var values: [Value] = []

  /// All that the text of a plain list depends on. Queries of one shape differ in their values only.
  struct Shape: Hashable, Sendable {
    private let order: ProductQuery.Order
    private let limit: Int
    /// Of each condition, whether it is asked for.
    private let conditions: UInt16

    init(_ query: ProductQuery) {
      order = query.order
      limit = query.limit
      let asked = [
        query.isActive, !query.category.isEmpty, !query.brandKey.isEmpty, !query.shop.isEmpty,
        !query.externalID.isEmpty, !query.currency.isEmpty, query.minimumPrice != nil, query.maximumPrice != nil,
        query.minimumDiscount != nil, query.after != nil,
      ]
      conditions = asked.reduce(0) { $0 << 1 | ($1 ? 1 : 0) }
    }
  }
}

extension ListText.Value {
  /// What a query has there. A text has only values that its query has.
  func value(in query: ProductQuery) -> any PostgresEncodable {
    switch self {
    case .category: query.category
    case .brandKey: query.brandKey
    case .shop: query.shop
    case .externalID: query.externalID
    case .currency: query.currency
    case .minimumPrice: query.minimumPrice ?? 0
    case .maximumPrice: query.maximumPrice ?? 0
    case .minimumDiscount: query.minimumDiscount ?? 0
    case .afterKey: query.after?.key ?? 0
    case .afterMoment: Timestamp(microseconds: query.after?.key ?? 0)
    case .afterID: query.after?.id ?? 0
    case .text(let text): text
    }
  }
}

/// Texts of plain lists by their shapes: to write one takes longer than all else that is done with a query.
final class ListTexts: Sendable {
  /// The service's.
  static let shared = ListTexts()

  /// More are not kept, some 2 KB each: whoever asks for all sizes and conditions in turn has them forgotten.
  static let maximum = 500

  private let texts = Mutex<[ListText.Shape: ListText]>([:])

  func text(of shape: ListText.Shape) -> ListText? { texts.withLock { $0[shape] } }

  func keep(_ text: ListText, of shape: ListText.Shape) {
    texts.withLock { texts in
      if texts.count >= Self.maximum { texts.removeAll() }
      texts[shape] = text
    }
  }

  var count: Int { texts.withLock { $0.count } }
}
