internal import PostgresClient

/// The partitions of a source that this process may apply, shared evenly with its fellows through the inbox's rows.
///
/// A lease says who should work, so that two do not do the same work; what keeps two from applying the same event is the
/// epoch, which the applying transaction checks under lock (`InboxCursor`). Only the database's clock counts.
struct PartitionLeases: Sendable {
  let pool: PostgresPool
  let names: LogNames
  let source: String
  /// This process, unlike any other.
  let member: String
  let duration: Duration

  /// The epoch of each partition held.
  typealias Held = [Int: Int64]

  /// Makes the source's cursors, once.
  func prepare() async throws {
    try await pool.execute(
      """
      INSERT INTO \(names.inbox) (source, partition)
      SELECT $1, partition FROM generate_series(0, \(EventPartition.count - 1)) AS p (partition)
      ON CONFLICT DO NOTHING
      """, [source])
  }

  /// Gives a sign of life, keeps what is held, gives up what is too much and takes what is free, up to a fair share.
  /// - Returns: what is held now.
  func tick() async throws -> Held {
    let (others, rank) = try await signOfLife()
    let share = Self.share(members: others + 1, rank: rank)
    try await renew()
    let held = try await held()
    if held.count > share {
      try await release(Array(held.keys.sorted().suffix(held.count - share)))
    } else if held.count < share {
      try await claim(share - held.count)
    } else {
      return held
    }
    return try await self.held()
  }

  /// How many of the partitions the member of this rank gets.
  static func share(members: Int, rank: Int) -> Int {
    EventPartition.count / members + (rank < EventPartition.count % members ? 1 : 0)
  }

  /// - Returns: how many fellows are alive, and how many of them come before this one in the order of names.
  private func signOfLife() async throws -> (others: Int, rank: Int) {
    try await pool.execute(
      """
      INSERT INTO \(names.members) AS m (source, member, seen_at) VALUES ($1, $2, clock_timestamp())
      ON CONFLICT (source, member) DO UPDATE SET seen_at = excluded.seen_at
      """, [source, member])
    try await pool.execute(
      "DELETE FROM \(names.members) WHERE source = $1 AND seen_at < clock_timestamp() - $2 * interval '10 seconds'",
      [source, duration.seconds])
    let rows = try await pool.read(
      """
      SELECT count(*), count(*) FILTER (WHERE member < $2) FROM \(names.members)
      WHERE source = $1 AND member <> $2 AND seen_at > clock_timestamp() - $3 * interval '1 second'
      """, [source, member, duration.seconds], from: .primary)
    let (others, rank) = try rows.decode((Int, Int).self).first ?? (0, 0)
    return (others, rank)
  }

  /// Rows that an apply under way has locked are left out: it extends their leases itself.
  private func renew() async throws {
    try await pool.execute(
      """
      UPDATE \(names.inbox) SET leased_until = clock_timestamp() + $3 * interval '1 second'
      WHERE source = $1 AND partition IN (
        SELECT partition FROM \(names.inbox) WHERE source = $1 AND owner = $2 ORDER BY partition
        FOR UPDATE SKIP LOCKED)
      """, [source, member, duration.seconds])
  }

  private func held() async throws -> Held {
    let rows = try await pool.read(
      "SELECT partition, epoch FROM \(names.inbox) WHERE source = $1 AND owner = $2", [source, member], from: .primary)
    return Held(uniqueKeysWithValues: try rows.decode((Int16, Int64).self).map { (Int($0.0), $0.1) })
  }

  /// Takes partitions that nobody holds or whose holder is silent. Those that a transaction has locked are in use.
  private func claim(_ count: Int) async throws {
    try await pool.execute(
      """
      UPDATE \(names.inbox)
      SET owner = $2, epoch = epoch + 1, leased_until = clock_timestamp() + $3 * interval '1 second'
      WHERE source = $1 AND partition IN (
        SELECT partition FROM \(names.inbox)
        WHERE source = $1 AND (owner IS NULL OR leased_until < clock_timestamp())
        ORDER BY partition LIMIT $4 FOR UPDATE SKIP LOCKED)
      """, [source, member, duration.seconds, count])
  }

  /// Gives partitions up, after what is being applied to them.
  private func release(_ partitions: [Int], timeout: Duration? = nil) async throws {
    try await pool.execute(
      """
      UPDATE \(names.inbox) SET owner = NULL, leased_until = NULL
      WHERE source = $1 AND partition IN (
        SELECT partition FROM \(names.inbox) WHERE source = $1 AND owner = $2 AND partition = ANY ($3::smallint[])
        ORDER BY partition FOR UPDATE)
      """, [source, member, partitions.map { Int16($0) }], timeout: timeout)
  }

  /// Leaves everything to the others at once.
  func leave() async throws {
    try await release(Array(0..<EventPartition.count), timeout: .seconds(2))
    try await pool.execute(
      "DELETE FROM \(names.members) WHERE source = $1 AND member = $2", [source, member], timeout: .seconds(2))
  }
}
