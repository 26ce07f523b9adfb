import EventLog
import MeshMessages
import PostgresClient
import ProtobufBridge
import Synchronization
import TestSupport
import Testing

@testable import PricingService

/// A server that the tests share, each in a schema of its own.
enum Servers {
  private static let task = Task { try await PrivatePostgres.start() }
  private static let count = Mutex(0)

  static func shared() async throws -> PrivatePostgres { try await task.value }

  static func nextSchema() -> String {
    count.withLock { count in
      count += 1
      return "pricing_\(count)"
    }
  }
}

/// A migrated schema with a pool on it.
struct Fixture {
  let database: PricingDatabase
  let store: ObservationStore
  var pool: PostgresPool { database.pool }

  @discardableResult
  static func with<Value>(
    rulebook: DealRulebook = DealRulebook(), _ body: (Fixture) async throws -> Value
  ) async throws -> Value {
    try await with(try await Servers.shared(), schema: Servers.nextSchema(), rulebook: rulebook, body)
  }

  /// - Parameter options: of each connection, such as `-c name=value`.
  @discardableResult
  static func with<Value>(
    _ server: PrivatePostgres, schema: String, options: String = "", rulebook: DealRulebook = DealRulebook(),
    _ body: (Fixture) async throws -> Value
  ) async throws -> Value {
    let dsn = server.dsn() + " options='-c search_path=\(schema) \(options)'"
    var configuration = PostgresPoolConfiguration(primary: try PostgresDSN(dsn))
    configuration.maximumConnections = 12
    let pool = try PostgresPool(configuration)
    do {
      let migrations = try Migration.load(directory: "Sources/PricingService/Storage/Migrations")
      try await Migrator(migrations, schema: schema).run(on: pool)
      let database = PricingDatabase(pool: pool, schema: schema, rulebook: rulebook)
      let value = try await body(Fixture(database: database, store: ObservationStore(database)))
      await pool.close()
      return value
    } catch {
      await pool.close(grace: .zero)
      throw error
    }
  }

  /// Tells of listings as the catalogue would: listing n is of product n unless told otherwise.
  func add(
    _ ids: some Sequence<Int64>, product: (Int64) -> Int64 = { $0 }, currency: String = "USD", shop: String = "shop",
    source: String = "push", host: (Int64) -> String = { _ in "shop.example" },
    priority: CommonV1.PriorityClass = .normal, at now: Moment = .now()
  ) async throws {
    let events = ids.map { id in
      var listing = CatalogV1.Listing()
      listing.id = id
      listing.productId = product(id)
      listing.shop = shop
      listing.externalId = "item-\(id)"
      listing.url = source == "page" ? "https://\(host(id))/\(id)" : ""
      listing.currency = currency
      listing.source = source
      listing.priority = priority
      listing.createdAt = GoogleProtobuf.Timestamp(now)
      var change = CatalogV1.ListingChanged()
      change.listing = listing
      change.productTitle = "Product \(product(id))"
      change.category = id % 2 == 0 ? "electronics/audio" : "home"
      change.productStatus = .active
      return Self.event(.listingChanged(change), at: now)
    }
    let inbox = CatalogInbox(database)
    for start in stride(from: 0, to: events.count, by: 5000) {
      try await pool.withTransaction { transaction in
        try await inbox.apply(
          Array(events[start..<min(start + 5000, events.count)]), now: now, in: transaction)
      }
    }
  }

  static func event(_ change: CatalogV1.CatalogEvent.Change, at now: Moment = .now()) -> CatalogV1.CatalogEvent {
    var event = CatalogV1.CatalogEvent()
    event.occurredAt = GoogleProtobuf.Timestamp(now)
    event.change = change
    return event
  }

  /// The events that were appended, in order.
  func events() async throws -> [PricingV1.PricingEvent] {
    try await pool.read("SELECT payload FROM event_log ORDER BY sequence").scalars([UInt8].self)
      .map { try PricingV1.PricingEvent(wire: $0) }
  }

  func fold(_ id: Int64) async throws -> ListingFold? {
    try await pool.read("SELECT state FROM listing_state WHERE listing_id = $1", [id]).scalar([UInt8].self)
      .map { $0.isEmpty ? ListingFold() : try ListingFold(packed: $0) }
  }

  /// Everything that is kept of observations and deals, without ids that depend on the order of arrival.
  func contents() async throws -> [String] {
    let observations = try await pool.read(
      """
      SELECT concat_ws(' ', listing_id, observed_at, price, list_price, availability, role, seller)
      FROM observation ORDER BY listing_id, observed_at
      """
    ).scalars(String.self)
    let deals = try await pool.read(
      """
      SELECT concat_ws(' ', listing_id, opened_at, updated_at, closed_at, close_reason, price, real_discount, verdict,
        score, is_out_of_stock)
      FROM deal ORDER BY listing_id, opened_at
      """
    ).scalars(String.self)
    return observations + deals
  }
}

/// Times of the tests: days after a fixed start.
let start = Moment(milliseconds: 1_700_000_000_000)

func day(_ count: Double) -> Moment { start + Int64(count * Double(Moment.day)) }

func arrival(
  _ id: Int64, _ at: Moment, _ price: Int64?, list: Int64? = nil, _ availability: Availability? = nil,
  currency: String = "USD"
) -> Arrival {
  Arrival(
    target: .id(id), observedAt: at, price: price.map { .init(minorUnits: $0, currency: currency) },
    listPrice: list.map { .init(minorUnits: $0, currency: currency) }, availability: availability)
}

/// A generator with a seed, so that a failure can be repeated (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}

/// Observations of one listing that walk, jump, go out of stock and glitch.
func randomArrivals(_ id: Int64, count: Int, using generator: inout SeededGenerator) -> [Arrival] {
  var at = start
  var price: Int64 = 1000
  return (0..<count).map { _ in
    at = at + Int64.random(in: 30_000...3 * Moment.day, using: &generator)
    switch Int.random(in: 0..<8, using: &generator) {
    case 0, 1: price = max(10, price * Int64.random(in: 60...99, using: &generator) / 100)
    case 2: price = price * Int64.random(in: 101...140, using: &generator) / 100
    case 3: return arrival(id, at, nil)
    case 4: return arrival(id, at, price / 5 + 1)
    default: break
    }
    return arrival(id, at, price, list: price % 3 == 0 ? price * 3 / 2 : nil)
  }
}
