/// The names of a schema's event tables, quoted for use in statements.
struct LogNames: Sendable {
  /// As it was given.
  let schema: String
  /// The outbox's NOTIFY channel.
  let channel: String
  private let quotedSchema: String

  init(schema: String) {
    self.schema = schema
    channel = schema + ".event_log"
    quotedSchema = Self.quoted(schema)
  }

  var log: String { quotedSchema + ".event_log" }
  var sequence: String { quotedSchema + ".event_log_sequence" }
  var overflow: String { quotedSchema + ".event_log_default" }
  var floor: String { quotedSchema + ".event_log_floor" }
  var subscribers: String { quotedSchema + ".event_subscriber" }
  var inbox: String { quotedSchema + ".event_inbox" }
  var members: String { quotedSchema + ".event_inbox_member" }

  /// Any other table of the schema.
  func table(_ name: String) -> String { quotedSchema + "." + Self.quoted(name) }

  static func quoted(_ identifier: String) -> String {
    "\"" + identifier.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
  }

  /// A key for an advisory lock that is this schema's alone (FNV-1a).
  func lockKey(_ purpose: String) -> Int64 {
    let hash = "fiyatradari.eventlog.\(purpose).\(schema)".utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) {
      ($0 ^ UInt64($1)) &* 0x100_0000_01b3
    }
    return Int64(bitPattern: hash)
  }
}
