import EventLog
import MeshMessages
import MeshRPC
import NIOPosix
import PostgresClient
import PricingService
import TestSupport

/// Observations recorded end to end (RPC in; history, state, deals and events committed), beside `psql COPY` of the rows
/// that came of it into the same tables and indexes.
@main
struct PricingIngest {
  static let listings: Int64 = 20_000
  static let batch = 10_000

  static func main() async throws {
    let server = try await PrivatePostgres.start(settings: ["shared_buffers": "256MB", "synchronous_commit": "off"])
    let dsn = server.dsn() + " options='-c search_path=pricing'"
    let pool = try PostgresPool(PostgresPoolConfiguration(primary: try PostgresDSN(dsn)))
    let migrations = try Migration.load(directory: "Sources/PricingService/Storage/Migrations")
    try await Migrator(migrations, schema: "pricing").run(on: pool)
    try await addListings(pool)
    let database = PricingDatabase(pool: pool)
    print("what                                rows     rows/s   psql COPY  ratio")
    try await measure("imported, every one a change", database, server, from: 0, rounds: 10) { round, id in
      1000 + id % 977 + Int64(round * 7919 % 13) * 20
    }
    try await measure("looked at, one in ten a change", database, server, from: 10, rounds: 10) { round, id in
      2000 + id % 977 + (id % 10 == Int64(round % 10) ? Int64(round) : 0)
    }
    await pool.close()
    try await server.tearDown()
  }

  private static func addListings(_ pool: PostgresPool) async throws {
    try await pool.execute(
      """
      INSERT INTO listing SELECT i, i, 'shop', 'item-' || i, '', 'USD', '', 'push', 'Product ' || i, 'home', now()
      FROM generate_series(1, $1::bigint) i
      """, [listings])
    try await pool.execute("INSERT INTO listing_state (listing_id) SELECT id FROM listing")
    try await pool.execute("ANALYZE")
  }

  private static func measure(
    _ name: String, _ database: PricingDatabase, _ server: PrivatePostgres, from day: Int, rounds: Int,
    _ price: @Sendable (Int, Int64) -> Int64
  ) async throws {
    let pool = database.pool
    for table in ["observation", "deal", "event_log"] { try await pool.execute("TRUNCATE \(table)") }
    let feed = try EventFeed(pool: pool, schema: "pricing")
    let rpc = try RPCServer(
      services: [PricingV1.PricingService.definition(PricingHandler(database, feed: feed))])
    let channel = RPCChannel(
      provider: InProcessConnectionProvider(
        InProcessConnection(handler: rpc, eventLoop: MultiThreadedEventLoopGroup.singleton.next())),
      configuration: RPCChannel.Configuration())
    let client = PricingV1.PricingService.Client(channel)
    let start = Moment(milliseconds: 1_600_000_000_000).daysAfter(day)
    let requests = (0..<rounds).flatMap { round in
      stride(from: Int64(1), through: listings, by: batch).map { first in
        var request = PricingV1.RecordObservationsRequest()
        request.source = "import"
        request.observations = (first..<min(first + Int64(batch), listings + 1)).map { id in
          var observation = PricingV1.Observation()
          observation.listing = .listingId(id)
          observation.observedAt = GoogleProtobuf.Timestamp(start.daysAfter(round))
          observation.price = CommonV1.Money(currency: "USD", minorUnits: price(round, id))
          return observation
        }
        return request
      }
    }
    let rows = requests.reduce(0) { $0 + $1.observations.count }
    let elapsed = try await ContinuousClock().measure {
      let response = try await client.recordObservations { writer in
        for request in requests { try await writer.write(request) }
      }
      precondition(response.recorded == rows, "\(response.recorded) of \(rows) recorded")
    }
    await channel.shutdown()
    let copied = try await copy(pool, server)
    let speed = Double(rows) / seconds(elapsed)
    let baseline = Double(rows) / seconds(copied)
    print(
      "\(pad(name, 34)) \(pad("\(rows)", 8)) \(pad("\(Int(speed))", 8)) \(pad("\(Int(baseline))", 10)) "
        + "\((speed / baseline * 100).rounded() / 100)")
  }

  /// The same rows by psql: into the same tables, after they were emptied.
  private static func copy(_ pool: PostgresPool, _ server: PrivatePostgres) async throws -> Duration {
    let directory = try TemporaryDirectory(prefix: "ingest")
    let tables = ["listing_state", "observation", "deal", "event_log"]
    func psql(_ commands: [String]) async throws {
      let (status, output) = try await TestProcess.run(
        "/usr/bin/psql",
        ["-X", "-q", "-v", "ON_ERROR_STOP=1", server.dsn() + " options='-c search_path=pricing'"]
          + commands.flatMap { ["-c", $0] })
      guard status == 0 else { throw TestSupportError(output) }
    }
    try await psql(tables.map { "\\copy (SELECT * FROM \($0)) TO '\(directory.file($0))'" })
    try await psql(tables.map { "TRUNCATE \($0)" })
    return try await ContinuousClock().measure {
      try await psql(tables.map { "\\copy \($0) FROM '\(directory.file($0))'" })
    }
  }

  private static func seconds(_ duration: Duration) -> Double {
    Double(duration.components.seconds) + Double(duration.components.attoseconds) / 1e18
  }

  private static func pad(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }
}
