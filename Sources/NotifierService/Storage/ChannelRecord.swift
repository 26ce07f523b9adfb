internal import PostgresClient

/// A channel as its table has it, without secrets.
struct ChannelRecord: Sendable {
  var id: Int64
  var subscriber: String
  var kind: ChannelKind
  var address: String
  var language: Language
  var verifiedAt: UnixTime?
  var disabledAt: UnixTime?
  var createdAt: UnixTime
  var lastError: String

  var isUsable: Bool { verifiedAt != nil && disabledAt == nil }

  static let columns =
    "id, subscriber, kind, address, language, verified_at, disabled_at, created_at, last_error"

  init(_ row: PostgresRow) throws(PostgresError) {
    var reader = RowReader(row)
    id = try reader.next(Int64.self)
    subscriber = try reader.next(String.self)
    guard let kind = ChannelKind(rawValue: try reader.next(Int16.self)) else {
      throw PostgresError(.decoding, "a channel has an unknown kind")
    }
    self.kind = kind
    address = try reader.next(String.self)
    language = Language(rawValue: try reader.next(String.self)) ?? .turkish
    verifiedAt = try reader.next(Timestamp?.self).map { UnixTime($0) }
    disabledAt = try reader.next(Timestamp?.self).map { UnixTime($0) }
    createdAt = UnixTime(try reader.next(Timestamp.self))
    lastError = try reader.next(String.self)
  }
}
