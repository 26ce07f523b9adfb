internal import PostgresClient

/// An alert as its table has it. `columns` and `init` are in the same order.
enum AlertRow {
  static let columns = """
    id, subscriber, product_id, listing_id, rule, amount, currency, basis_points, from_last_notified, days, category,
    genuine_only, channel_ids, rearm, rearm_seconds, expires_at, quiet_start, quiet_end, quiet_zone, daily_digest, paused,
    label, created_at, base_price, base_currency, fired_at, fired_price, fired_currency, ended_at, memory
    """

  /// - Throws: `PostgresError` `.decoding` when a row holds what no alert is.
  static func alert(_ row: PostgresRow) throws(PostgresError) -> Alert {
    var reader = RowReader(row)
    let id = try reader.next(Int64.self)
    let subscriber = try reader.next(String.self)
    let product = try reader.next(Int64?.self)
    let listing = try reader.next(Int64?.self)
    let rule = try rule(&reader)
    let channels = try reader.next([Int64].self)
    let rearm = try rearm(try reader.next(Int16.self), seconds: try reader.next(Int64.self))
    var alert = Alert(
      id: id, subscriber: subscriber,
      subject: product.map { .product($0) } ?? listing.map { .listing($0) } ?? .category,
      rule: rule, channels: channels, rearm: rearm, expiresAt: UnixTime(try reader.next(Timestamp.self)),
      createdAt: UnixTime(microseconds: 0))
    alert.quietHours = quietHours(
      try reader.next(Int16?.self), try reader.next(Int16?.self), try reader.next(String?.self))
    alert.isDigest = try reader.next(Bool.self)
    alert.isPaused = try reader.next(Bool.self)
    alert.label = try reader.next(String.self)
    alert.createdAt = UnixTime(try reader.next(Timestamp.self))
    alert.state.basePrice = money(try reader.next(Int64?.self), try reader.next(String?.self))
    let firedAt = try reader.next(Timestamp?.self)
    let firedPrice = money(try reader.next(Int64?.self), try reader.next(String?.self))
    alert.state.lastFired = firedAt.map { AlertState.Firing(at: UnixTime($0), price: firedPrice) }
    alert.state.endedAt = try reader.next(Timestamp?.self).map { UnixTime($0) }
    alert.state.listings = AlertMemory.decode(try reader.next([Int64].self))
    return alert
  }

  private static func rule(_ reader: inout RowReader) throws(PostgresError) -> AlertRule {
    let number = try reader.next(Int16.self)
    let amount = money(try reader.next(Int64?.self), try reader.next(String?.self))
    let points = try reader.next(Int32?.self)
    let isFromLastNotified = try reader.next(Bool.self)
    let days = try reader.next(Int16?.self)
    let category = try reader.next(String?.self)
    let isGenuineOnly = try reader.next(Bool.self)
    let measure = points.map { AlertRule.Drop.Measure.basisPoints(Int($0)) } ?? amount.map { .amount($0) }
    switch (number, amount, measure, days, category) {
    case (5, let price?, _, _, _): return .targetPrice(price)
    case (6, _, let measure?, _, _):
      return .drop(.init(by: measure, base: isFromLastNotified ? .lastNotified : .priceAtCreation))
    case (7, _, _, _, _): return .anyChange
    case (8, _, _, _, _): return .backInStock
    case (9, _, _, _, _): return .allTimeLow
    case (10, _, _, let days?, _): return .lowestInDays(Int(days))
    case (11, _, _, _, let category?):
      return .dealInCategory(
        .init(category: category, minimumDiscount: Int(points ?? 0), isGenuineOnly: isGenuineOnly))
    default: throw PostgresError(.decoding, "an alert has a rule without its figures")
    }
  }

  private static func rearm(_ mode: Int16, seconds: Int64) throws(PostgresError) -> Rearm {
    switch mode {
    case 1: .once
    case 2: .whenFalse
    case 3: .after(.seconds(seconds))
    default: throw PostgresError(.decoding, "an alert has an unknown rearm mode")
    }
  }

  private static func money(_ minorUnits: Int64?, _ currency: String?) -> Money? {
    guard let minorUnits, let currency else { return nil }
    return Money(minorUnits, currency)
  }

  private static func quietHours(_ start: Int16?, _ end: Int16?, _ zone: String?) -> QuietHours? {
    guard let start, let end else { return nil }
    return QuietHours(start: Int(start), end: Int(end), zone: zone ?? QuietHours.defaultZone)
  }
}

/// Reads a row's columns one after the other.
struct RowReader {
  private let row: PostgresRow
  private var index = 0

  init(_ row: PostgresRow) { self.row = row }

  mutating func next<Value: PostgresDecodable>(_ type: Value.Type) throws(PostgresError) -> Value {
    defer { index += 1 }
    return try row.column(index, as: type)
  }
}

/// What an alert remembers of listings, as four numbers for each.
enum AlertMemory {
  static func decode(_ numbers: [Int64]) -> [Int64: AlertState.ListingMemory] {
    var listings: [Int64: AlertState.ListingMemory] = [:]
    for start in stride(from: 0, to: numbers.count - numbers.count % 4, by: 4) {
      listings[numbers[start]] = AlertState.ListingMemory(
        holds: numbers[start + 1] != 0,
        outSince: numbers[start + 2] == 0 ? nil : UnixTime(microseconds: numbers[start + 2]),
        toldPrice: numbers[start + 3] == 0 ? nil : numbers[start + 3])
    }
    return listings
  }

  static func encode(_ listings: [Int64: AlertState.ListingMemory]) -> [Int64] {
    listings.sorted { $0.key < $1.key }.flatMap { id, memory in
      [id, memory.holds ? 1 : 0, memory.outSince?.microseconds ?? 0, memory.toldPrice ?? 0]
    }
  }

  /// As the text of a `bigint[]`: arrays of different lengths cannot be elements of one array.
  static func text(_ listings: [Int64: AlertState.ListingMemory]) -> String {
    "{" + encode(listings).map(String.init).joined(separator: ",") + "}"
  }
}
