internal import HTTPTypes
internal import Sodium
internal import TraceContext

/// A request as far as its answer depends on it: the route and its parameters. The same for everyone who asks.
package struct CacheQuestion: Sendable {
  let known: KnownRoute
  var route: Route { known.route }
  let pathValues: [String]
  let query: QueryItems

  init(_ request: GatewayRequest) {
    known = request.known
    pathValues = request.pathValues
    query = request.query
  }

  /// Names the answer. Parameters count in the order of their names, however they were given and encoded.
  var key: CacheKey {
    // An address that names its contents is the question: gateways of two versions share what they keep.
    var text = route.freshness == .immutable ? route.pattern : route.operation
    for value in pathValues { Self.append(value, to: &text) }
    for name in query.names.sorted() {
      Self.append(name, to: &text)
      Self.append(query[name] ?? "", to: &text)
    }
    return text.withUTF8 { CacheKey(UnsafeRawBufferPointer($0)) }
  }

  /// With its length, so that no two questions make one text.
  private static func append(_ part: String, to text: inout String) {
    text += "\n\(part.utf8.count):"
    text += part
  }

  /// What its answer depends on.
  var scope: CacheScope {
    switch route.shows {
    case .product: return productScope
    case .deals, .products: return listScope
    case .category: return .list(pathValues.first.map { ChangeBoard.slot(category: $0) } ?? ChangeBoard.everything)
    case nil: break
    }
    if route.pattern.hasPrefix("/v1/products/{id}"), let id = pathValues.first.flatMap({ Int64($0) }) {
      return .product(ChangeBoard.slot(product: id))
    }
    switch route.operation {
    case "listProducts", "searchProducts", "listDeals":
      return listScope
    case "getDeal": return .list(ChangeBoard.everything)
    default: return .constant
    }
  }

  /// Of the product whose id the path's first value begins with: `7`, `7.svg`.
  private var productScope: CacheScope {
    let digits = pathValues.first?.prefix { $0.isNumber }
    return digits.flatMap { Int64($0) }.map { .product(ChangeBoard.slot(product: $0)) }
      ?? .list(ChangeBoard.everything)
  }

  private var listScope: CacheScope {
    let category = query["category"].flatMap { $0.isEmpty ? nil : $0 }
    return .list(category.map { ChangeBoard.slot(category: $0) } ?? ChangeBoard.everything)
  }
}

/// The digest of a question.
package struct CacheKey: Hashable, Sendable {
  let high: UInt64
  let low: UInt64

  init(_ bytes: UnsafeRawBufferPointer) { (high, low) = GenericHash.digest128(bytes) }

  /// 32 hexadecimal digits.
  var text: String { HexDigits.text(high) + HexDigits.text(low) }
}

/// What a change must touch for an answer to be old.
package enum CacheScope: Sendable, Equatable {
  /// Changes with time only.
  case constant
  /// One product, at a place of the board.
  case product(Int)
  /// A list: any product in a place of the board.
  case list(Int)
}

enum HexDigits {
  /// 16 lower-case digits.
  static func text(_ number: UInt64) -> String { HexText.make(number) }
}
