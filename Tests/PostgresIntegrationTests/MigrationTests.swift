import PostgresClient
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#endif

@Suite("Migrations")
struct MigrationTests {
  private let first = Migration(
    number: 1, name: "tables", sql: "CREATE TABLE a (id bigint); CREATE TABLE b (id bigint);\n-- done\n")
  private let second = Migration(number: 2, name: "rows", sql: "INSERT INTO a VALUES (1), (2);")

  @Test("Files are applied in order, once")
  func applies() async throws {
    try await withPool(Servers.shared().dsn()) { pool async throws in
      #expect(try await Migrator([first], schema: "migrated").run(on: pool) == ["0001-tables"])
      #expect(try await Migrator([second, first], schema: "migrated").run(on: pool) == ["0002-rows"])
      #expect(try await Migrator([first, second], schema: "migrated").run(on: pool) == [])
      #expect(try await pool.read("SELECT count(*) FROM migrated.a").scalar(Int.self) == 2)
    }
  }

  @Test("Files of a directory are read in order; what is misnamed, missing or no text is refused by name")
  func loadsFiles() async throws {
    let directory = try TemporaryDirectory(prefix: "migrations")
    try directory.write("INSERT INTO loaded VALUES (1);", to: "0002-rows.sql")
    try directory.write("CREATE TABLE loaded (id int);", to: "0001-tables.sql")
    try directory.write("none of ours", to: "README.md")
    let migrations = try Migration.load(directory: directory.path)
    #expect(migrations.map(\.label) == ["0001-tables", "0002-rows"])
    try await withPool(Servers.shared().dsn()) { pool async throws in
      try await Migrator(migrations, schema: "loaded").run(on: pool)
      #expect(try await pool.read("SELECT id FROM loaded.loaded").scalars(Int.self) == [1])
    }
    for name in ["3-late.sql", "0004-gap.sql", "0002-again.sql"] {
      let file = try directory.write("SELECT 1", to: name)
      let error = #expect(throws: PostgresError.self) { try Migration.load(directory: directory.path) }
      #expect(error?.code == .migration)
      #expect(error?.message.contains(name.prefix(6)) == true, "\(String(describing: error))")
      #expect(remove(file) == 0)
    }
    #expect(throws: PostgresError.self) { try Migration.load(directory: directory.path + "/absent") }
  }

  @Test("Programs that start together apply each migration once")
  func concurrentStarters() async throws {
    let server = try await Servers.shared()
    let migrations = [first, second]
    let applied = try await withThrowingTaskGroup(of: [String].self) { group in
      for _ in 0..<6 {
        group.addTask {
          try await withPool(server.dsn()) { try await Migrator(migrations, schema: "contended").run(on: $0) }
        }
      }
      return try await group.reduce([], +)
    }
    #expect(applied.sorted() == ["0001-tables", "0002-rows"])
  }

  @Test("An edited, renamed or missing file is refused with its name")
  func refuses() async throws {
    try await withPool(Servers.shared().dsn()) { pool async throws in
      try await Migrator([first, second], schema: "refusing").run(on: pool)
      var edited = second
      edited.sql += " "
      var renamed = second
      renamed.name = "other"
      for (migrations, word) in [
        ([first, edited], "edited"), ([first, renamed], "called"), ([first], "newer program"),
      ] {
        let error = await #expect(throws: PostgresError.self) {
          try await Migrator(migrations, schema: "refusing").run(on: pool)
        }
        #expect(error?.code == .migration)
        #expect(error?.message.contains(word) == true, "\(String(describing: error))")
        #expect(error?.message.contains("0002-rows") == true)
      }
    }
  }

  @Test("A failing migration leaves nothing behind and can be mended")
  func failing() async throws {
    try await withPool(Servers.shared().dsn()) { pool async throws in
      let broken = Migration(number: 2, name: "broken", sql: "CREATE TABLE c (id int); SELECT nonsense;")
      let error = await #expect(throws: PostgresError.self) {
        try await Migrator([first, broken], schema: "failing").run(on: pool)
      }
      #expect(error?.message.contains("0002-broken") == true)
      #expect((error?.cause as? PostgresError)?.sqlState == SQLState("42703"))
      let committing = Migration(number: 2, name: "commits", sql: "CREATE TABLE c (id int); COMMIT;")
      await #expect(throws: PostgresError.self) {
        try await Migrator([first, committing], schema: "failing").run(on: pool)
      }
      #expect(try await Migrator([first, second], schema: "failing").run(on: pool) == ["0002-rows"])
    }
  }
}
