internal import PostgresClient

extension ObservationStore {
  /// Finds listings by shop and the shop's id. Index: listing_key.
  func resolveKeys(_ batch: inout ObservationBatch, _ transaction: PostgresTransaction) async throws {
    let keys = batch.keys
    guard !keys.isEmpty else { return }
    let rows = try await transaction.query(
      """
      SELECT k.place, max(l.id)
      FROM unnest($1::bigint[], $2::text[], $3::text[]) AS k (place, shop, external_id)
      JOIN listing l ON l.shop = k.shop AND l.external_id = k.external_id AND l.removed_at IS NULL
      GROUP BY k.place
      """, [keys.map { Int64($0.place) }, keys.map(\.shop), keys.map(\.externalID)])
    for (place, id) in try rows.decode((Int64, Int64).self) { batch.listingIDs[Int(place)] = id }
  }

  /// Reads the states of all listings of the batch. With a lock, in the order of their ids, so that batches do not
  /// deadlock. Index: the primary keys.
  func readStates(
    _ batch: inout ObservationBatch, locking: Bool, _ transaction: PostgresTransaction
  ) async throws {
    let ids = Set(batch.listingIDs.compactMap { $0 }).sorted()
    guard !ids.isEmpty else { return }
    let rows = try await transaction.query(
      """
      SELECT s.listing_id, l.currency, s.state, s.announced_deal, s.announced_at, s.version
      FROM listing_state s JOIN listing l ON l.id = s.listing_id
      WHERE s.listing_id = ANY($1) AND l.removed_at IS NULL
      ORDER BY s.listing_id
      """ + (locking ? " FOR NO KEY UPDATE OF s" : ""), [ids])
    for work in try Self.works(rows) { batch.works[work.id] = work }
  }

  /// Reads what is kept at the moments of arrivals that are not new for sure. Index: observation's primary key.
  func loadKnown(_ batch: inout ObservationBatch, _ transaction: PostgresTransaction) async throws {
    var ids: [Int64] = []
    var times: [Timestamp] = []
    for work in batch.works.values where work.hasOld {
      for at in Set(work.arrivals.map(\.at)) {
        ids.append(work.id)
        times.append(at.timestamp)
      }
    }
    guard !ids.isEmpty else { return }
    let rows = try await transaction.query(
      """
      SELECT o.listing_id, o.observed_at, o.price, o.list_price, o.availability, o.seller
      FROM unnest($1::bigint[], $2::timestamptz[]) AS k (listing_id, observed_at)
      CROSS JOIN LATERAL (
        SELECT * FROM observation o
        WHERE o.listing_id = k.listing_id AND o.observed_at = k.observed_at
        OFFSET 0
      ) o
      """, [ids, times])
    for row in rows {
      let (id, at, price, listPrice, availability, seller) =
        try row.decode((Int64, Timestamp, Int64?, Int64?, Int16, String?).self)
      let observation = Observation(
        at: Moment(at), price: price, listPrice: listPrice, availability: Availability(rawValue: availability),
        seller: seller ?? "")
      batch.works[id]?.known[observation.at] = observation
    }
  }

  /// Reads the whole record and all deals of the listings that must be folded anew.
  func loadRecords(_ batch: inout ObservationBatch, _ transaction: PostgresTransaction) async throws {
    let ids = batch.works.values.filter(\.needsReplay).map(\.id)
    guard !ids.isEmpty else { return }
    for id in ids { batch.works[id]?.record = [] }
    let rows = try await transaction.query(
      """
      SELECT listing_id, observed_at, price, list_price, availability, seller, role
      FROM observation WHERE listing_id = ANY($1)
      ORDER BY listing_id, observed_at
      """, [ids])
    for row in rows {
      let (id, at, price, listPrice, availability, seller, role) =
        try row.decode((Int64, Timestamp, Int64?, Int64?, Int16, String?, Int16).self)
      let observation = Observation(
        at: Moment(at), price: price, listPrice: listPrice, availability: Availability(rawValue: availability),
        seller: seller ?? "")
      batch.works[id]?.record?.append(
        .init(observation: observation, role: ObservationRole(rawValue: role) ?? .repeated))
    }
    // Index: deal_listing.
    let deals = try await transaction.query(
      "SELECT listing_id, id, opened_at, closed_at, facts FROM deal WHERE listing_id = ANY($1) ORDER BY opened_at",
      [ids])
    for row in deals {
      let (listing, id, openedAt, closedAt, facts) =
        try row.decode((Int64, Int64, Timestamp, Timestamp?, [UInt8]).self)
      batch.works[listing]?.storedDeals.append(
        .init(id: id, openedAt: Moment(openedAt), closedAt: closedAt.map { Moment($0) }, facts: facts))
    }
  }

  /// Puts back the points that packed states have left out, where a change may need them. Index: observation_change.
  func loadHistory(_ batch: inout ObservationBatch, _ transaction: PostgresTransaction) async throws {
    let ids = batch.works.values.filter(\.needsHistory).map(\.id)
    guard !ids.isEmpty else { return }
    let points = try await HistoryReader.changes(of: ids, until: nil) { try await transaction.query($0, $1) }
    for (id, points) in points { batch.works[id]?.fold.restore(points, past: PastSummary()) }
  }

  /// Takes an id for each new deal.
  func assignDealIDs(_ batch: inout ObservationBatch, _ transaction: PostgresTransaction) async throws {
    let count = batch.works.values.reduce(0) { $0 + $1.newDeals }
    guard count > 0 else { return }
    let ids = try await transaction.query(
      "SELECT nextval('deal_id') FROM generate_series(1, $1::bigint)", [Int64(count)]
    ).scalars(Int64.self)
    var rest = ids[...]
    for id in batch.works.keys.sorted() { batch.works[id]?.assignIDs(&rest) }
  }
}
