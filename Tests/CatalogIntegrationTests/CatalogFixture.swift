import MeshMessages
import MeshRPC
import PostgresClient
import ProtobufBridge
import ServiceKit
import TestSupport

@testable import CatalogService

/// A catalogue in a database of its own, as a role that owns its schema and nothing else.
struct CatalogFixture {
  let pool: PostgresPool
  let store: CatalogStore

  /// A database with the service's role and schema.
  static func database(on server: PrivatePostgres) async throws -> PrivateDatabase {
    let database = try await server.makeDatabase()
    try await database.run("CREATE EXTENSION pg_trgm WITH SCHEMA public")
    try await database.makeSchema("catalog")
    return database
  }

  /// - Throws: what keeps the database from being made, and what `body` throws.
  static func with(_ body: (CatalogFixture) async throws -> Void) async throws {
    try await with(try await database(on: try await PrivatePostgres.shared()), body)
  }

  /// - Parameter options: of each connection, such as `-c name=value`.
  /// - Throws: what keeps the schema from being migrated, and what `body` throws.
  static func with(
    _ database: PrivateDatabase, options: String = "", _ body: (CatalogFixture) async throws -> Void
  ) async throws {
    var configuration = PostgresPoolConfiguration(
      primary: try PostgresDSN(database.dsn(user: "catalog") + " options='\(options)'"))
    configuration.maximumConnections = 4
    let pool = try PostgresPool(configuration)
    do {
      let migrations = CatalogService.migrations.enumerated().map { index, file in
        Migration(
          number: index + 1, name: String(file.name.dropFirst(5).dropLast(4)),
          sql: String(decoding: file.bytes, as: UTF8.self))
      }
      try await Migrator(migrations, schema: "catalog").run(on: pool)
      try await body(CatalogFixture(pool: pool, store: CatalogStore(pool: pool)))
      await pool.close()
    } catch {
      await pool.close(grace: .zero)
      throw error
    }
  }

  /// Rows of an import, one product each unless they share a GTIN.
  func load(_ rows: [CatalogV1.ImportProduct]) async throws -> ImportOutcome {
    try await store.importRows(try rows.map { try ImportRow($0) })
  }

  /// A row with what tests do not care about filled in.
  static func row(
    _ id: String, _ title: String, category: String = "Elektronik > Kulaklık", brand: String = "", shop: String = "a",
    gtin: String = "", currency: String = "TRY"
  ) -> CatalogV1.ImportProduct {
    CatalogV1.ImportProduct(
      line: 1, title: title, brand: brand, gtinOrSku: gtin, categoryPath: category, shop: shop, externalId: id,
      currency: currency)
  }

  /// Prices in stock for listings, as pricing would tell them.
  func price(_ prices: [(listing: Int64, price: Int64)], discount: Int32 = 0) async throws {
    let updates = prices.map { listing, price in
      PriceUpdate(
        listingID: listing, currency: "TRY", price: price, listPrice: .some(nil), availability: 1,
        dealID: discount > 0 ? listing : 0, discount: discount, observedAt: Timestamp(microseconds: listing * 1_000_000)
      )
    }
    try await pool.withTransaction { try await store.apply(updates, in: $0) }
  }

  func search(_ text: String, _ build: (inout CatalogV1.SearchProductsRequest) -> Void = { _ in }) async throws
    -> [String]
  {
    var request = CatalogV1.SearchProductsRequest(query: text)
    build(&request)
    return try await store.page(ProductQuery(request)).products().map(\.title)
  }

  /// All pages of a search, by ids.
  func allHits(
    _ text: String, size: UInt32, _ build: (inout CatalogV1.SearchProductsRequest) -> Void = { _ in }
  ) async throws -> [Int64] {
    var ids: [Int64] = []
    var token = ""
    repeat {
      var request = CatalogV1.SearchProductsRequest(query: text)
      build(&request)
      request.page = CommonV1.Page(size: size, token: token)
      let page = try await store.page(ProductQuery(request))
      ids += try page.products().map(\.id)
      token = page.next
    } while !token.isEmpty
    return ids
  }

  /// All pages of a list, by ids.
  func all(_ build: (inout CatalogV1.ListProductsRequest) -> Void) async throws -> [Int64] {
    var ids: [Int64] = []
    var token = ""
    repeat {
      var request = CatalogV1.ListProductsRequest()
      build(&request)
      request.page = CommonV1.Page(size: 3, token: token)
      let page = try await store.page(ProductQuery(request))
      ids += try page.products().map(\.id)
      token = page.next
    } while !token.isEmpty
    return ids
  }

  /// The events of the log, in order.
  func events() async throws -> [CatalogV1.CatalogEvent] {
    let rows = try await pool.read("SELECT payload FROM event_log ORDER BY transaction, sequence")
    return try rows.scalars([UInt8].self).map { try CatalogV1.CatalogEvent(wire: $0) }
  }
}
