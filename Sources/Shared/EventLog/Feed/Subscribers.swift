internal import PostgresClient

/// How far each subscriber has come, as it said when it last asked.
struct Subscribers: Sendable {
  let pool: PostgresPool
  let names: LogNames

  static func isName(_ name: String) -> Bool {
    (1...64).contains(name.utf8.count)
      && name.utf8.allSatisfy { byte in
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
          || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_") || byte == UInt8(ascii: ".")
      }
  }

  /// Takes a position down as it is: a subscriber that was restored from a backup may go back, as long as the log does.
  func record(_ name: String, _ partitions: Set<Int>, at position: EventPosition) async throws {
    try await pool.execute(
      """
      INSERT INTO \(names.subscribers) AS s (name, partition, transaction, sequence)
      SELECT $1, partition, $3::xid8, $4 FROM unnest($2::smallint[]) AS p (partition) ORDER BY partition
      ON CONFLICT (name, partition) DO UPDATE
      SET transaction = excluded.transaction, sequence = excluded.sequence, asked_at = excluded.asked_at
      """, [name, partitions.sorted().map { Int16($0) }, String(position.transaction), position.sequence])
  }

  struct Lag {
    var name: String
    var events: Int64
    var seconds: Double
  }

  /// How far each subscriber's last partition is behind: in numbers given out since, and in the age of the first event
  /// that it has not stored.
  func lags(expiry: Duration) async throws -> [Lag] {
    let rows = try await pool.read(
      """
      SELECT s.name, greatest(newest.sequence - s.sequence, 0),
        coalesce(extract(epoch FROM clock_timestamp() - next.occurred_at), 0)::float8
      FROM (
        SELECT DISTINCT ON (name) name, transaction, sequence FROM \(names.subscribers)
        WHERE asked_at > clock_timestamp() - $1 * interval '1 second'
        ORDER BY name, transaction, sequence
      ) AS s
      CROSS JOIN LATERAL (
        SELECT coalesce((SELECT sequence FROM \(names.log) ORDER BY transaction DESC, sequence DESC LIMIT 1), s.sequence)
          AS sequence) AS newest
      LEFT JOIN LATERAL (
        SELECT occurred_at FROM \(names.log) WHERE (transaction, sequence) > (s.transaction, s.sequence)
        ORDER BY transaction, sequence LIMIT 1) AS next ON true
      """, [Double(expiry.components.seconds)], from: .primary)
    return try rows.decode((String, Int64, Double).self).map { Lag(name: $0.0, events: $0.1, seconds: max(0, $0.2)) }
  }
}
