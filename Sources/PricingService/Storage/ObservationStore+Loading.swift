internal import PostgresClient

extension ObservationStore {
  /// Reads the states of all listings of the batch: by their ids, and by shop and the shop's id. With a lock, in the order
  /// of the listings' ids, so that batches do not deadlock. Indexes: the primary keys, listing_key.
  func readStates(
    _ batch: inout ObservationBatch, locking: Bool, _ transaction: PostgresTransaction
  ) async throws {
    let keys = batch.keys()
    if locking, !keys.isEmpty {
      // By id and by key in one order.
      let found = try await transaction.query(
        """
        SELECT k.place, l.id FROM \(Self.keyTable) CROSS JOIN LATERAL (\(Self.listingOfKey)) l
        """, Self.parameters(keys))
      for (index, id) in try found.decode((Int64, Int64).self) {
        for place in keys[Int(index)].places { batch.listingIDs[place] = id }
      }
    }
    var works: [ListingWork] = []
    let ids = Set(batch.listingIDs.compactMap { $0 }).sorted()
    if !ids.isEmpty {
      let rows = try await transaction.query(
        """
        SELECT \(Self.stateColumns)
        FROM listing_state s JOIN listing l ON l.id = s.listing_id
        WHERE s.listing_id = ANY($1) AND l.removed_at IS NULL
        ORDER BY s.listing_id
        """ + (locking ? " FOR NO KEY UPDATE OF s" : ""), [ids])
      works = try Self.works(rows)
    }
    if !locking, !keys.isEmpty {
      // Each key on its own (OFFSET): joined to all, states would be kept for keys that name the same listing, of which
      // there are none, at a third of the statement's time.
      let rows = try await transaction.query(
        """
        SELECT found.*, k.place
        FROM \(Self.keyTable)
        CROSS JOIN LATERAL (
          SELECT \(Self.stateColumns)
          FROM (\(Self.listingOfKey)) l JOIN listing_state s ON s.listing_id = l.id
          OFFSET 0
        ) found
        """, Self.parameters(keys))
      let found = try Self.works(rows)
      for (row, work) in zip(rows, found) {
        let index: Int64 = try row.column(7)
        for place in keys[Int(index)].places { batch.listingIDs[place] = work.id }
      }
      if works.isEmpty {
        works = found
      } else {
        let known = Set(ids)
        works += found.filter { !known.contains($0.id) }
      }
    }
    batch.works = ListingWorks(works)
  }

  /// What `works` reads.
  static let stateColumns =
    "s.listing_id, l.currency, s.state, s.announced_deal, s.announced_at, s.version, s.ctid::text"

  /// `k`, the keys of `parameters`.
  private static let keyTable = "unnest($1::bigint[], $2::text[], $3::text[]) AS k (place, shop, external_id)"

  /// The listing of a key `k`; the newest where the catalogue's events left two for a moment.
  private static let listingOfKey = """
    SELECT id, currency FROM listing
    WHERE shop = k.shop AND external_id = k.external_id AND removed_at IS NULL
    ORDER BY id DESC LIMIT 1
    """

  private static func parameters(
    _ keys: [(key: ObservationBatch.Key, places: [Int])]
  ) -> [any PostgresEncodable] {
    [keys.indices.map { Int64($0) }, keys.map { $0.key.shop }, keys.map { $0.key.externalID }]
  }

  /// Reads what is kept at the moments of arrivals that are not new for sure. Index: observation's primary key.
  func loadKnown(_ batch: inout ObservationBatch, _ transaction: PostgresTransaction) async throws {
    var ids: [Int64] = []
    var times: [Timestamp] = []
    for work in batch.works.all where work.hasOld {
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
      batch.works.update(id) { $0.known[observation.at] = observation }
    }
  }

  /// Reads the whole record and all deals of the listings that must be folded anew.
  func loadRecords(_ batch: inout ObservationBatch, _ transaction: PostgresTransaction) async throws {
    let ids = batch.works.ids { $0.needsReplay }
    guard !ids.isEmpty else { return }
    for id in ids { batch.works.update(id) { $0.record = [] } }
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
      let recorded = ListingWork.Recorded(
        observation: observation, role: ObservationRole(rawValue: role) ?? .repeated)
      batch.works.update(id) { $0.record?.append(recorded) }
    }
    // Index: deal_listing.
    let deals = try await transaction.query(
      "SELECT listing_id, id, opened_at, closed_at, facts FROM deal WHERE listing_id = ANY($1) ORDER BY opened_at",
      [ids])
    for row in deals {
      let (listing, id, openedAt, closedAt, facts) =
        try row.decode((Int64, Int64, Timestamp, Timestamp?, [UInt8]).self)
      let stored = ListingWork.StoredDeal(
        id: id, openedAt: Moment(openedAt), closedAt: closedAt.map { Moment($0) }, facts: facts)
      batch.works.update(listing) { $0.storedDeals.append(stored) }
    }
  }

  /// Puts back the points that packed states have left out, where a change may need them. Index: observation_change.
  func loadHistory(_ batch: inout ObservationBatch, _ transaction: PostgresTransaction) async throws {
    let ids = batch.works.ids { $0.needsHistory }
    guard !ids.isEmpty else { return }
    let points = try await HistoryReader.changes(of: ids, until: nil) { try await transaction.query($0, $1) }
    for (id, points) in points { batch.works.update(id) { $0.fold.restore(points, past: PastSummary()) } }
  }

  /// Takes an id for each new deal.
  func assignDealIDs(_ batch: inout ObservationBatch, _ transaction: PostgresTransaction) async throws {
    let count = batch.works.all.reduce(0) { $0 + $1.newDeals }
    guard count > 0 else { return }
    let ids = try await transaction.query(
      "SELECT nextval('deal_id') FROM generate_series(1, $1::bigint)", [Int64(count)]
    ).scalars(Int64.self)
    var rest = ids[...]
    batch.works.updateAll { $0.assignIDs(&rest) }
  }
}
