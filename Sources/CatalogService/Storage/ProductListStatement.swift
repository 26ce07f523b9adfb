import PostgresClient

/// The SELECT behind a list of products: fixed fragments by what is asked for, values as parameters only.
///
/// Each order walks one index and stops at the page's end. A category is its whole subtree: for each of its categories
/// the index gives the first page, and the best of these are merged, so that the cost follows the number of categories,
/// not of products. A search ranks the newest of its hits; see decision 0080.
struct ProductListStatement {
  private var text = ListText()

  /// The most hits of a search that are filtered by price and sorted by something that their rank does not tell.
  static let searchCandidates = 2000
  /// The most hits that are ranked where the rank decides, the newest: words that more products have hardly tell them
  /// apart.
  static let rankedCandidates = 300
  /// The most that a search by likeness ranks. They are any: to find out which are the newest takes reading all.
  static let likenessCandidates = 500

  private let query: ProductQuery
  private let commonWords: CommonWords

  /// - Parameter texts: where the texts of plain lists are kept; nil to write it anew.
  init(_ query: ProductQuery, commonWords: CommonWords = CommonWords(), texts: ListTexts? = .shared) {
    self.query = query
    self.commonWords = commonWords
    guard query.search == nil else {
      text.sql = query.match == .likeness ? likenessSQL() : searchSQL()
      return
    }
    let shape = ListText.Shape(query)
    if let known = texts?.text(of: shape) {
      text = known
    } else {
      text.sql = listSQL()
      texts?.keep(text, of: shape)
    }
  }

  var sql: String { text.sql }
  var values: [any PostgresEncodable] { text.values.map { $0.value(in: query) } }

  private mutating func bind(_ value: ListText.Value) -> String {
    text.values.append(value)
    return "$\(text.values.count)"
  }

  // MARK: Lists

  /// What a list walks: `product_price` where prices or discounts matter, `product` elsewhere.
  private var walksPrices: Bool { query.isActive && (query.order != .newest || query.hasPriceFilter) }

  private mutating func listSQL() -> String {
    let limit = "LIMIT \(query.limit)"
    let inner = walksPrices ? priceWalk() : productWalk()
    var walk = "SELECT \(inner.columns) FROM \(inner.table) WHERE \(inner.conditions.joined(separator: " AND "))"
    walk += " ORDER BY \(inner.order) \(limit)"
    if !query.category.isEmpty {
      let path = bind(.category)
      walk = """
        SELECT w.* FROM category k CROSS JOIN LATERAL (\(walk)) w
        WHERE k.path = \(path) OR (k.path > \(path) || '/' AND k.path < \(path) || '0')
        ORDER BY \(inner.outerOrder) \(limit)
        """
    }
    return """
      SELECT \(ProductRow.columns), w.sort_key
      FROM (\(walk)) w
      JOIN product p ON p.id = w.product_id
      LEFT JOIN category c ON c.id = p.category_id
      \(priceJoin())
      ORDER BY \(inner.outerOrder)
      """
  }

  private struct Walk {
    var columns: String
    var table: String
    var conditions: [String]
    var order: String
    var outerOrder: String
  }

  private mutating func priceWalk() -> Walk {
    var conditions = ["s.is_active"]
    let (column, descending) = sortColumn
    if query.currency.isEmpty {
      conditions.append("s.is_main")
    } else {
      conditions.append("s.currency = \(bind(.currency))")
    }
    // The indexes on discount and change hold main prices only.
    if !query.isSortedByPrice, query.order != .newest, !query.currency.isEmpty { conditions.append("s.is_main") }
    if !query.category.isEmpty { conditions.append("s.category_id = k.id") }
    if !query.brandKey.isEmpty { conditions.append("s.brand_key = \(bind(.brandKey))") }
    conditions += shopConditions("s.product_id")
    conditions += priceConditions("s")
    if query.order == .discount, query.minimumDiscount == nil { conditions.append("s.discount_basis_points > 0") }
    if query.after != nil {
      let key = query.order == .updated ? bind(.afterMoment) : bind(.afterKey)
      conditions.append("(\(column), s.product_id) \(descending ? "<" : ">") (\(key), \(bind(.afterID)))")
    }
    let direction = descending ? " DESC" : ""
    return Walk(
      columns: "\(column) AS sort_value, \(keyExpression(column)) AS sort_key, s.product_id", table: "product_price s",
      conditions: conditions, order: "\(column)\(direction), s.product_id\(direction)",
      outerOrder: "w.sort_value\(direction), w.product_id\(direction)")
  }

  private mutating func productWalk() -> Walk {
    var conditions = [query.isActive ? "s.is_active" : "NOT s.is_active"]
    if !query.category.isEmpty { conditions.append("s.category_id = k.id") }
    if !query.brandKey.isEmpty { conditions.append("s.brand_key = \(bind(.brandKey))") }
    conditions += shopConditions("s.id")
    let prices = priceConditions("f")
    if !prices.isEmpty {
      let which = query.currency.isEmpty ? "f.is_main" : "f.currency = \(bind(.currency))"
      conditions.append(
        "EXISTS (SELECT FROM product_price f WHERE f.product_id = s.id AND \(which) AND "
          + prices.joined(separator: " AND ") + ")")
    }
    if query.after != nil { conditions.append("s.id < \(bind(.afterID))") }
    return Walk(
      columns: "s.id AS sort_value, 0::bigint AS sort_key, s.id AS product_id", table: "product s",
      conditions: conditions, order: "s.id DESC", outerOrder: "w.sort_value DESC")
  }

  private var sortColumn: (name: String, descending: Bool) {
    switch query.order {
    case .price: ("s.price", false)
    case .priceDescending: ("s.price", true)
    case .discount: ("s.discount_basis_points", true)
    case .updated: ("s.changed_at", true)
    case .newest, .relevance: ("s.product_id", true)
    }
  }

  private func keyExpression(_ column: String) -> String {
    query.order == .updated ? "(extract(epoch FROM \(column)) * 1000000)::bigint" : "\(column)::bigint"
  }

  // MARK: Searches

  /// Ids with the same `id >> sliceBits` are one slice.
  private static let sliceBits = 14
  /// What index `product_words` holds beside words: the slice, from 0, and the category's id with a minus. The planner must
  /// find it.
  private static let places = "ARRAY[s.id >> 14, -s.category_id]"
  /// The newest slices that are looked through together, each range before the next, and before all the rest.
  private static let sliceRanges = [0...1, 2...7, 8...23]

  /// The newest products that have the words, ranked: index `product_words`.
  ///
  /// What is asked for stands in a CTE, so that it is parsed once and not for each row.
  private mutating func searchSQL() -> String {
    guard let search = query.search else { return "" }
    let words = SearchWords(search.words, query.match, commonWords, brand: query.brandKey)
    var asked = "to_tsquery('simple', \(bind(.text(words.text))))"
    // Stems double what the index has to compare: they are looked for only where the words as typed are rare.
    if query.match != .words { asked += " || plainto_tsquery('turkish', \(bind(.text(search.text))))" }
    asked += " AS query"
    var conditions = [
      query.isActive ? "s.is_active" : "NOT s.is_active", "s.search @@ (SELECT a.query FROM asked a)",
    ]
    if !query.category.isEmpty {
      let path = bind(.category)
      conditions.append(
        """
        \(Self.places) && (SELECT array_agg(-k.id) FROM category k
          WHERE k.path = \(path) OR (k.path > \(path) || '/' AND k.path < \(path) || '0'))
        """)
    }
    if !query.brandKey.isEmpty {
      // A brand's words are in `search`, too, unless they are none to PostgreSQL. The index leads, not `product_brand`: a
      // brand may have more products.
      let brand = bind(.brandKey)
      asked += ", plainto_tsquery('simple', \(brand)) AS brand"
      conditions += [
        "s.search @@ (SELECT CASE numnode(a.brand) WHEN 0 THEN a.query ELSE a.brand END FROM asked a)",
        "s.brand_key || '' = \(brand)",
      ]
    }
    conditions += hitShopConditions()
    return rankedSQL(
      before: """
        asked AS MATERIALIZED (SELECT \(asked)),
        newest AS MATERIALIZED (SELECT max(id) >> \(Self.sliceBits) AS slice FROM product),
        found AS MATERIALIZED (\(words.isBroad ? slicedSQL(conditions) : foundSQL(conditions))),
        """,
      hits: """
        SELECT f.id, (ts_rank(f.search, (SELECT a.query FROM asked a))::float8 * 1000000000)::bigint AS rank FROM found f
        """)
  }

  /// The newest that meet the conditions. `s.id + 0` is in no index, so that nobody walks through all products by their
  /// ids.
  private func foundSQL(_ conditions: [String]) -> String {
    """
    SELECT s.id, s.search FROM product s WHERE \(conditions.joined(separator: " AND "))
    ORDER BY s.id + 0 DESC LIMIT \(candidates)
    """
  }

  /// The same, but a part is read only when those before it did not have enough: PostgreSQL runs the branches of UNION ALL
  /// one after the other and stops at the limit.
  private func slicedSQL(_ conditions: [String]) -> String {
    var parts = Self.sliceRanges.map { range in
      let slices = """
        SELECT array_agg(n.slice - g) FROM newest n, generate_series(\(range.lowerBound), \(range.upperBound)) g
        WHERE g <= n.slice
        """
      return foundSQL(conditions + ["\(Self.places) && (\(slices))"])
    }
    let count = Self.sliceRanges.last?.upperBound ?? 0
    parts.append(foundSQL(conditions + ["s.id + 0 < (SELECT (n.slice - \(count)) << \(Self.sliceBits) FROM newest n)"]))
    return parts.map { "(\($0))" }.joined(separator: " UNION ALL ") + " LIMIT \(candidates)"
  }

  /// The search by likeness, for words that nothing has: index `product_trigrams`.
  private mutating func likenessSQL() -> String {
    let text = bind(.text((query.search?.words ?? []).joined(separator: " ")))
    var conditions = [
      query.isActive ? "s.is_active" : "NOT s.is_active", "\(text)::text OPERATOR(public.<%) s.folded_title",
    ]
    conditions += hitConditions()
    return rankedSQL(
      hits: """
        SELECT s.id, (public.word_similarity(\(text)::text, s.folded_title)::float8 * 1000000000)::bigint AS rank
        FROM product s WHERE \(conditions.joined(separator: " AND ")) LIMIT \(candidates)
        """)
  }

  /// Asked for each hit: as a join it may come to lead, and all products of a shop are many.
  private mutating func hitShopConditions() -> [String] {
    guard !query.shop.isEmpty, query.externalID.isEmpty else { return shopConditions("s.id") }
    return ["(SELECT true FROM listing x WHERE x.product_id = s.id AND x.shop = \(bind(.shop)) LIMIT 1)"]
  }

  private mutating func hitConditions() -> [String] {
    var conditions: [String] = []
    if !query.category.isEmpty {
      let path = bind(.category)
      conditions.append(
        "s.category_id IN (SELECT id FROM category WHERE path = \(path) OR (path > \(path) || '/' AND path < \(path) || '0'))"
      )
    }
    if !query.brandKey.isEmpty { conditions.append("s.brand_key = \(bind(.brandKey))") }
    return conditions + shopConditions("s.id")
  }

  /// Where the hits alone decide, products and prices are read for the page only.
  private var isDecidedByHits: Bool {
    !query.hasPriceFilter && (query.order == .relevance || query.order == .newest)
  }

  private var candidates: Int {
    guard isDecidedByHits, query.order == .relevance else { return Self.searchCandidates }
    return query.match == .likeness ? Self.likenessCandidates : Self.rankedCandidates
  }

  private mutating func rankedSQL(before: String = "", hits: String) -> String {
    let (key, descending) = rankedKey
    var conditions = priceConditions("pp")
    if query.isSortedByPrice || query.order == .discount { conditions.append("pp.product_id IS NOT NULL") }
    if query.after != nil {
      conditions.append("(\(key), h.id) \(descending ? "<" : ">") (\(bind(.afterKey)), \(bind(.afterID)))")
    }
    let filter = conditions.isEmpty ? "" : "WHERE " + conditions.joined(separator: " AND ")
    let direction = descending ? " DESC" : ""
    let order = "ORDER BY \(key)\(direction), h.id\(direction) LIMIT \(query.limit)"
    let join = """
      JOIN product p ON p.id = h.id
      LEFT JOIN category c ON c.id = p.category_id
      \(priceJoin())
      """
    let all = "WITH \(before) hits AS MATERIALIZED (\(hits))"
    guard isDecidedByHits else {
      return "\(all) SELECT \(ProductRow.columns), \(key) AS sort_key FROM hits h \(join) \(filter) \(order)"
    }
    return """
      \(all), chosen AS MATERIALIZED (SELECT h.id, h.rank FROM hits h \(filter) \(order))
      SELECT \(ProductRow.columns), \(key) AS sort_key FROM chosen h \(join) \(order)
      """
  }

  private var rankedKey: (expression: String, descending: Bool) {
    switch query.order {
    case .relevance: ("h.rank", true)
    case .price: ("pp.price", false)
    case .priceDescending: ("pp.price", true)
    case .discount: ("pp.discount_basis_points::bigint", true)
    case .newest: ("h.id", true)
    case .updated: ("coalesce((extract(epoch FROM pp.changed_at) * 1000000)::bigint, 0)", true)
    }
  }

  // MARK: Shared conditions

  private mutating func priceJoin() -> String {
    let which = query.currency.isEmpty ? "pp.is_main" : "pp.currency = \(bind(.currency))"
    return "LEFT JOIN product_price pp ON pp.product_id = p.id AND \(which)"
  }

  private mutating func shopConditions(_ product: String) -> [String] {
    guard !query.shop.isEmpty else { return [] }
    let shop = bind(.shop)
    guard query.externalID.isEmpty else {
      return [
        "\(product) = (SELECT x.product_id FROM listing x WHERE x.shop = \(shop) AND x.external_id = \(bind(.externalID)))"
      ]
    }
    return ["EXISTS (SELECT FROM listing x WHERE x.product_id = \(product) AND x.shop = \(shop))"]
  }

  private mutating func priceConditions(_ table: String) -> [String] {
    var conditions: [String] = []
    if query.minimumPrice != nil { conditions.append("\(table).price >= \(bind(.minimumPrice))") }
    if query.maximumPrice != nil { conditions.append("\(table).price <= \(bind(.maximumPrice))") }
    if query.minimumDiscount != nil {
      // Said as well as bound, so that the partial index applies.
      conditions.append(
        "\(table).discount_basis_points > 0 AND \(table).discount_basis_points >= \(bind(.minimumDiscount))")
    }
    return conditions
  }
}
