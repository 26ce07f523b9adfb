internal import PostgresClient

/// The deal table's rows.
enum DealRows {
  /// Writes the deals of a batch as they are now, and removes those that a late observation undid.
  static func write(
    _ works: [ListingWork], _ facts: [Int64: ListingFacts], _ transaction: PostgresTransaction
  ) async throws {
    let vanished = works.flatMap(\.vanishedDeals)
    if !vanished.isEmpty { try await transaction.execute("DELETE FROM deal WHERE id = ANY($1)", [vanished]) }
    var deals: [Deal] = []
    var listings: [ListingFacts] = []
    for work in works {
      guard let facts = facts[work.id] else { continue }
      for deal in work.dealRows.values {
        deals.append(deal)
        listings.append(facts)
      }
    }
    try await write(deals, listings, transaction)
  }

  /// - Parameter listings: the listing of each deal.
  static func write(_ deals: [Deal], _ listings: [ListingFacts], _ transaction: PostgresTransaction) async throws {
    guard !deals.isEmpty else { return }
    try await transaction.execute(
      """
      INSERT INTO deal (
        id, listing_id, opened_at, updated_at, closed_at, close_reason, price, real_discount, verdict, score,
        is_out_of_stock, facts, product_id, shop, category)
      SELECT * FROM unnest(
        $1::bigint[], $2::bigint[], $3::timestamptz[], $4::timestamptz[], $5::timestamptz[], $6::smallint[],
        $7::bigint[], $8::integer[], $9::smallint[], $10::integer[], $11::boolean[], $12::bytea[], $13::bigint[],
        $14::text[], $15::text[])
      ON CONFLICT (id) DO UPDATE SET
        opened_at = EXCLUDED.opened_at, updated_at = EXCLUDED.updated_at, closed_at = EXCLUDED.closed_at,
        close_reason = EXCLUDED.close_reason, price = EXCLUDED.price, real_discount = EXCLUDED.real_discount,
        verdict = EXCLUDED.verdict, score = EXCLUDED.score, is_out_of_stock = EXCLUDED.is_out_of_stock,
        facts = EXCLUDED.facts
      """,
      [
        deals.map(\.id), listings.map(\.id), deals.map { $0.openedAt.timestamp }, deals.map { $0.updatedAt.timestamp },
        deals.map { $0.closure?.at.timestamp }, deals.map { $0.closure?.reason.rawValue }, deals.map(\.price),
        deals.map { Int32(clamping: $0.realDiscount) }, deals.map(\.verdict.rawValue),
        deals.map { Int32(clamping: $0.score.total) }, deals.map(\.isOutOfStock), deals.map { $0.packed() },
        listings.map(\.productID), listings.map(\.shop), listings.map(\.category),
      ])
  }
}
