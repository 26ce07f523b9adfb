internal import PostgresClient

/// The cursors of the partitions that this process holds: read for a stream, moved by the transactions that apply.
struct InboxCursor: Sendable {
  let pool: PostgresPool
  let names: LogNames
  let source: String
  let member: String
  let leaseDuration: Duration
  let idleTimeout: Duration

  /// Where each of these partitions stands, as it is stored.
  /// - Throws: `EventLogError` `.leaseLost` when one is held no longer.
  func positions(of held: PartitionLeases.Held) async throws -> [Int: EventPosition] {
    let rows = try await pool.read(
      "SELECT partition, transaction, sequence, epoch FROM \(names.inbox) WHERE source = $1 AND owner = $2",
      [source, member], from: .primary)
    return try check(rows, held)
  }

  /// Runs `body` and moves cursors in one transaction.
  /// - Parameters:
  ///   - held: the partitions to move, with the epochs under which they are held.
  ///   - horizon: up to where everything of these partitions has been received and will be applied with this.
  ///   - body: gets the cursors as they are stored and now locked; what is at or below them has been applied.
  /// - Throws: `EventLogError` `.leaseLost`, with nothing done; what `body` throws; `PostgresError`.
  func advance(
    _ held: PartitionLeases.Held, to horizon: EventPosition,
    _ body: ([Int: EventPosition], PostgresTransaction) async throws -> Void
  ) async throws {
    let partitions = held.keys.sorted().map { Int16($0) }
    try await pool.withTransaction { transaction in
      // Should this process stand still with the locks in its hands, the server ends the transaction.
      let rows = try await transaction.query(
        """
        SELECT i.partition, i.transaction, i.sequence, i.epoch, limits.set_config
        FROM (SELECT set_config('idle_in_transaction_session_timeout', $4, true) OFFSET 0) AS limits
        CROSS JOIN \(names.inbox) AS i
        WHERE i.source = $1 AND i.owner = $2 AND i.partition = ANY ($3::smallint[])
        ORDER BY i.partition FOR UPDATE OF i
        """, [source, member, partitions, String(idleTimeout.milliseconds)])
      try await body(check(rows, held), transaction)
      try await transaction.execute(
        """
        UPDATE \(names.inbox)
        SET transaction = greatest(transaction, $3::xid8),
          sequence = CASE WHEN (transaction, sequence) < ($3::xid8, $4::bigint) THEN $4 ELSE sequence END,
          leased_until = clock_timestamp() + $5 * interval '1 second'
        WHERE source = $1 AND partition = ANY ($2::smallint[])
        """,
        [source, partitions, String(horizon.transaction), horizon.sequence, leaseDuration.seconds])
    }
  }

  private func check(_ rows: PostgresRows, _ held: PartitionLeases.Held) throws -> [Int: EventPosition] {
    var positions: [Int: EventPosition] = [:]
    for row in rows {
      let (partition, transaction, sequence, epoch) = try row.decode((Int16, UInt64, Int64, Int64).self)
      if held[Int(partition)] == epoch {
        positions[Int(partition)] = EventPosition(transaction: transaction, sequence: sequence)
      }
    }
    guard positions.count == held.count else {
      throw EventLogError(
        .leaseLost, "\(held.count - positions.count) of \(held.count) partitions of \(source) are another process's now"
      )
    }
    return positions
  }
}

extension Duration {
  var milliseconds: Int64 { components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000 }
}
