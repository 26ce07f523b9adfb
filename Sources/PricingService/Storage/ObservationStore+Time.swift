internal import PostgresClient

extension ObservationStore {
  /// Ends deals whose time has come without an observation, and tells of it.
  /// - Parameter limit: of listings in one transaction.
  /// - Returns: how many listings were looked at; fewer than `limit` when nothing is left.
  /// - Throws: `PostgresError`.
  package func sweep(now: Moment = .now(), limit: Int = 500) async throws -> Int {
    try await database.pool.withTransaction(retries: .serializationFailures) { transaction in
      // Index: listing_state_deadline. What others work on comes again with the next sweep.
      let rows = try await transaction.query(
        """
        SELECT \(Self.stateColumns)
        FROM listing_state s JOIN listing l ON l.id = s.listing_id
        WHERE s.deadline <= $1
        ORDER BY s.deadline LIMIT $2
        FOR NO KEY UPDATE OF s SKIP LOCKED
        """, [now.timestamp, Int64(limit)])
      var works = try Self.works(rows)
      for index in works.indices {
        works[index].project(to: now)
        works[index].isTouched = true
      }
      try await write(ListingWorks(works).all, now: now, transaction)
      return rows.count
    }
  }

  /// Ends the deals of listings that the catalogue dropped.
  func drop(_ removed: [Int64: Moment], now: Moment, in transaction: PostgresTransaction) async throws {
    let rows = try await transaction.query(
      """
      SELECT \(Self.stateColumns)
      FROM listing_state s JOIN listing l ON l.id = s.listing_id
      WHERE s.listing_id = ANY($1)
      ORDER BY s.listing_id
      FOR NO KEY UPDATE OF s
      """, [removed.keys.sorted()])
    var works = try Self.works(rows)
    for index in works.indices {
      guard let at = removed[works[index].id] else { continue }
      works[index].drop(at: at)
    }
    try await write(works.only { $0.isTouched }, now: now, transaction)
  }

  private func write(_ works: [ListingWork], now: Moment, _ transaction: PostgresTransaction) async throws {
    guard !works.isEmpty else { return }
    try await writeStates(works, transaction)
    try await writeDealsAndEvents(works, now: now, transaction)
  }

  static func works(_ rows: PostgresRows) throws -> [ListingWork] {
    var works: [ListingWork] = []
    works.reserveCapacity(rows.count)
    for row in rows {
      let (id, currency, state, deal, at, version, place) =
        try row.decode((Int64, String, [UInt8], Int64?, Timestamp?, Int64, String).self)
      var announced: ListingWork.Announced?
      if let deal, let at { announced = .init(deal: deal, at: Moment(at)) }
      let fold = state.isEmpty ? ListingFold() : try ListingFold(packed: state)
      works.append(
        ListingWork(id: id, currency: currency, version: version, place: place, fold: fold, announced: announced))
    }
    return works
  }
}
