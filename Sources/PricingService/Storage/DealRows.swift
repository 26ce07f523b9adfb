internal import PostgresClient

/// The deal table's rows.
enum DealRows {
  /// Writes the deals of a batch as they are now, and removes those that a late observation undid.
  static func write(
    _ works: [ListingWork], _ facts: [Int64: ListingFacts], _ transaction: PostgresTransaction
  ) async throws {
    let vanished = works.flatMap(\.vanishedDeals)
    if !vanished.isEmpty { try await transaction.execute("DELETE FROM deal WHERE id = ANY($1)", [vanished]) }
    var added = Rows()
    var changed = Rows()
    for work in works {
      guard let facts = facts[work.id] else { continue }
      for deal in work.dealRows.values {
        if work.addedDeals.contains(deal.id) { added.append(deal, facts) } else { changed.append(deal, facts) }
      }
    }
    try await insert(added, replacing: false, transaction)
    guard !changed.deals.isEmpty, try await update(changed, transaction) < changed.deals.count else { return }
    // A deal that a state knows and the table has lost.
    try await insert(changed, replacing: true, transaction)
  }

  /// Deals, and the listing of each.
  private struct Rows {
    var deals: [Deal] = []
    var listings: [ListingFacts] = []

    mutating func append(_ deal: Deal, _ facts: ListingFacts) {
      deals.append(deal)
      listings.append(facts)
    }
  }

  /// Writes known deals as they are now. An update costs half of what finding the conflict of an insertion does.
  /// - Returns: how many there were.
  private static func update(_ rows: Rows, _ transaction: PostgresTransaction) async throws -> Int {
    let deals = rows.deals
    return try await transaction.execute(
      """
      UPDATE deal d
      SET opened_at = k.opened_at, updated_at = k.updated_at, closed_at = k.closed_at, close_reason = k.close_reason,
        price = k.price, real_discount = k.real_discount, verdict = k.verdict, score = k.score,
        is_out_of_stock = k.is_out_of_stock, facts = k.facts
      FROM unnest(
        $1::bigint[], $2::timestamptz[], $3::timestamptz[], $4::timestamptz[], $5::smallint[], $6::bigint[],
        $7::integer[], $8::smallint[], $9::integer[], $10::boolean[], $11::bytea[])
        AS k (id, opened_at, updated_at, closed_at, close_reason, price, real_discount, verdict, score, is_out_of_stock,
          facts)
      WHERE d.id = k.id
      """,
      [
        deals.map(\.id), deals.map { $0.openedAt.timestamp }, deals.map { $0.updatedAt.timestamp },
        deals.map { $0.closure?.at.timestamp }, deals.map { $0.closure?.reason.rawValue }, deals.map(\.price),
        deals.map { Int32(clamping: $0.realDiscount) }, deals.map(\.verdict.rawValue),
        deals.map { Int32(clamping: $0.score.total) }, deals.map(\.isOutOfStock), deals.map { $0.packed() },
      ])
  }

  /// - Parameter replacing: whether rows of the same ids may be there.
  private static func insert(_ rows: Rows, replacing: Bool, _ transaction: PostgresTransaction) async throws {
    let (deals, listings) = (rows.deals, rows.listings)
    guard !deals.isEmpty else { return }
    let replacement = """

      ON CONFLICT (id) DO UPDATE SET
        opened_at = EXCLUDED.opened_at, updated_at = EXCLUDED.updated_at, closed_at = EXCLUDED.closed_at,
        close_reason = EXCLUDED.close_reason, price = EXCLUDED.price, real_discount = EXCLUDED.real_discount,
        verdict = EXCLUDED.verdict, score = EXCLUDED.score, is_out_of_stock = EXCLUDED.is_out_of_stock,
        facts = EXCLUDED.facts
      """
    try await transaction.execute(
      """
      INSERT INTO deal (
        id, listing_id, opened_at, updated_at, closed_at, close_reason, price, real_discount, verdict, score,
        is_out_of_stock, facts, product_id, shop, category)
      SELECT * FROM unnest(
        $1::bigint[], $2::bigint[], $3::timestamptz[], $4::timestamptz[], $5::timestamptz[], $6::smallint[],
        $7::bigint[], $8::integer[], $9::smallint[], $10::integer[], $11::boolean[], $12::bytea[], $13::bigint[],
        $14::text[], $15::text[])
      """ + (replacing ? replacement : ""),
      [
        deals.map(\.id), listings.map(\.id), deals.map { $0.openedAt.timestamp }, deals.map { $0.updatedAt.timestamp },
        deals.map { $0.closure?.at.timestamp }, deals.map { $0.closure?.reason.rawValue }, deals.map(\.price),
        deals.map { Int32(clamping: $0.realDiscount) }, deals.map(\.verdict.rawValue),
        deals.map { Int32(clamping: $0.score.total) }, deals.map(\.isOutOfStock), deals.map { $0.packed() },
        listings.map(\.productID), listings.map(\.shop), listings.map(\.category),
      ])
  }
}
