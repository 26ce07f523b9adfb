internal import PostgresClient

/// That an alert has told of a deal.
struct ToldDeal: Hashable, Sendable {
  var alert: Int64
  var deal: Int64

  static func save(_ told: [ToldDeal], _ transaction: PostgresTransaction) async throws {
    guard !told.isEmpty else { return }
    try await transaction.execute(
      """
      INSERT INTO told_deal (alert_id, deal_id) SELECT * FROM unnest($1::bigint[], $2::bigint[])
      ON CONFLICT DO NOTHING
      """, [told.map(\.alert), told.map(\.deal)])
  }
}
