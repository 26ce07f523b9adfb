internal import PostgresClient

/// How far an import is, and what came of it.
struct ImportRecord: Sendable, Equatable {
  /// The most reasons that are kept.
  static let maximumFaults = 1000

  var id: Int64 = 0
  var fileName: String
  var shop: String
  /// Of the file.
  var bytes: Int64
  /// Of these, read.
  var doneBytes: Int64 = 0
  var rows: Int64 = 0
  var created: Int64 = 0
  var updated: Int64 = 0
  var unchanged: Int64 = 0
  var rejected: Int64 = 0
  /// The first of the rejected.
  var faults: [Fault] = []
  var begunAt = Timestamp(microseconds: 0)
  var endedAt: Timestamp?
  /// Why it ended before its time; empty for one that did not.
  var failure = ""
  /// Whether its gateway has given no sign of life for long though it has not ended.
  var isLost = false

  struct Fault: Sendable, Equatable {
    /// Of the file; 0 where the catalogue names none.
    var line: Int64
    var reason: String
  }

  init(fileName: String, shop: String, bytes: Int64) {
    self.fileName = fileName
    self.shop = shop
    self.bytes = bytes
  }

  mutating func reject(line: Int64, _ reason: String) {
    rejected += 1
    if faults.count < Self.maximumFaults { faults.append(Fault(line: line, reason: String(reason.prefix(500)))) }
  }

  static let columns = """
    id, file_name, shop, bytes, done_bytes, row_count, created, updated, unchanged, rejected, fault_lines, fault_reasons,
    begun_at, ended_at, failure, ended_at IS NULL AND seen_at < now() - interval '5 minutes'
    """

  init(_ row: PostgresRow) throws(PostgresError) {
    id = try row.column(0)
    fileName = try row.column(1)
    shop = try row.column(2)
    bytes = try row.column(3)
    doneBytes = try row.column(4)
    rows = try row.column(5)
    created = try row.column(6)
    updated = try row.column(7)
    unchanged = try row.column(8)
    rejected = try row.column(9)
    let (lines, reasons): ([Int64], [String]) = (try row.column(10), try row.column(11))
    faults = zip(lines, reasons).map { Fault(line: $0, reason: $1) }
    begunAt = try row.column(12)
    endedAt = try row.column(13)
    failure = try row.column(14)
    isLost = try row.column(15)
  }
}
