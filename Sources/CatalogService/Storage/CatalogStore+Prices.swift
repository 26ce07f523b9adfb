import MeshMessages
import PostgresClient

/// What a batch of pricing's events says of one listing: what is unset stays as it is.
struct PriceUpdate: Sendable {
  var listingID: Int64
  var currency: String?
  var price: Int64?
  /// Outer nil: unchanged; inner nil: the shop claims none.
  var listPrice: Int64??
  var availability: Int16?
  var dealID: Int64?
  var discount: Int32?
  var observedAt: Timestamp?
}

extension CatalogStore {
  /// Applies what pricing told, in the transaction that advances the inbox. Listings that are gone are passed over.
  /// - Throws: `PostgresError`.
  func apply(_ updates: [PriceUpdate], in transaction: PostgresTransaction) async throws {
    guard !updates.isEmpty else { return }
    let updates = updates.sorted { $0.listingID < $1.listingID }
    let rows = try await transaction.query(
      """
      INSERT INTO listing_price AS t (listing_id, product_id, shop, currency, price, list_price, availability,
        discount_basis_points, deal_id, observed_at)
      SELECT l.id, l.product_id, l.shop, coalesce(n.currency, o.currency), coalesce(n.price, o.price),
        CASE WHEN n.has_list_price THEN n.list_price ELSE o.list_price END,
        coalesce(n.availability, o.availability, 0::smallint), coalesce(n.discount, o.discount_basis_points, 0),
        coalesce(n.deal_id, o.deal_id, 0), coalesce(n.observed_at, o.observed_at)
      FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::boolean[], $5::bigint[], $6::smallint[], $7::integer[],
          $8::bigint[], $9::timestamptz[])
        AS n(listing_id, currency, price, has_list_price, list_price, availability, discount, deal_id, observed_at)
      JOIN listing l ON l.id = n.listing_id
      LEFT JOIN listing_price o ON o.listing_id = n.listing_id
      WHERE coalesce(n.price, o.price) IS NOT NULL AND coalesce(n.observed_at, o.observed_at) IS NOT NULL
        AND coalesce(n.currency, o.currency) IS NOT NULL
      ORDER BY l.id
      ON CONFLICT (listing_id) DO UPDATE SET currency = excluded.currency, price = excluded.price,
        list_price = excluded.list_price, availability = excluded.availability,
        discount_basis_points = excluded.discount_basis_points, deal_id = excluded.deal_id,
        observed_at = excluded.observed_at
      RETURNING product_id
      """,
      [
        updates.map(\.listingID), updates.map(\.currency), updates.map(\.price), updates.map { $0.listPrice != nil },
        updates.map { $0.listPrice ?? nil }, updates.map(\.availability), updates.map(\.discount),
        updates.map(\.dealID),
        updates.map(\.observedAt),
      ])
    try await refreshBestPrices(Array(Set(try rows.scalars(Int64.self))).sorted(), in: transaction)
  }

  /// Computes the best price of products anew: in stock before others, then the lowest, then the oldest listing.
  /// - Throws: `PostgresError`.
  func refreshBestPrices(_ products: [Int64], in transaction: PostgresTransaction) async throws {
    guard !products.isEmpty else { return }
    // Indexes: listing_price_product, primary keys of product and product_price.
    try await transaction.execute(
      """
      WITH best AS (
        SELECT DISTINCT ON (product_id, currency) *
        FROM (
          SELECT *, first_value(currency) OVER (PARTITION BY product_id ORDER BY listing_id) AS main_currency
          FROM listing_price WHERE product_id = ANY($1)
        ) offer
        ORDER BY product_id, currency, (availability = 1) DESC, price, listing_id
      )
      INSERT INTO product_price AS t (product_id, currency, is_main, is_active, category_id, brand_key, price, list_price,
        listing_id, shop, availability, discount_basis_points, deal_id, observed_at, changed_at)
      SELECT b.product_id, b.currency, b.currency = b.main_currency, p.is_active, p.category_id, p.brand_key, b.price,
        b.list_price, b.listing_id, b.shop, b.availability,
        CASE WHEN b.availability = 1 THEN b.discount_basis_points ELSE 0 END,
        CASE WHEN b.availability = 1 THEN b.deal_id ELSE 0 END, b.observed_at, b.observed_at
      FROM best b JOIN product p ON p.id = b.product_id
      ORDER BY b.product_id, b.currency
      ON CONFLICT (product_id, currency) DO UPDATE SET is_main = excluded.is_main, price = excluded.price,
        list_price = excluded.list_price, listing_id = excluded.listing_id, shop = excluded.shop,
        availability = excluded.availability, discount_basis_points = excluded.discount_basis_points,
        deal_id = excluded.deal_id, observed_at = excluded.observed_at,
        changed_at = CASE WHEN t.price = excluded.price THEN t.changed_at ELSE excluded.changed_at END
      """, [products])
    try await transaction.execute(
      """
      DELETE FROM product_price t WHERE t.product_id = ANY($1)
        AND NOT EXISTS (SELECT FROM listing_price o WHERE o.product_id = t.product_id AND o.currency = t.currency)
      """, [products])
  }
}
