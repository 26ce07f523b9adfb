import Testing

@testable import PostgresClient

@Suite("Connecting, without a server")
struct ConnectionTests {
  @Test("A connection string's secrets are in no description")
  func dsnHidesSecrets() throws {
    let dsn = try PostgresDSN("postgresql://ada:hunter2@db.example:6432/catalog?sslmode=verify-full")
    #expect(dsn.description == "db.example:6432/catalog as ada")
    #expect(String(reflecting: dsn).contains("hunter2") == false)
    var dumped = ""
    dump(dsn, to: &dumped)
    #expect(dumped.contains("hunter2") == false)
    do {
      _ = try PostgresDSN("postgresql://ada:hunter2%zz@db/x")
      Issue.record("accepted")
    } catch {
      #expect("\(error)".contains("hunter2") == false)
      #expect(error.code == .invalidConfiguration)
    }
  }

  @Test("A refused connection's SQLSTATE is found in libpq's text")
  func connectFailures() {
    let refused = ConnectFailureText(
      """
      connection to server at "127.0.0.1", port 5432 failed: FATAL:  28P01: password authentication failed for user "a"
      LOCATION:  auth_failed, auth.c:335
      """)
    #expect(refused.sqlState == .invalidPassword)
    #expect(refused.text == "password authentication failed for user \"a\"")
    let unreachable = ConnectFailureText(
      "connection to server at \"127.0.0.1\", port 1 failed: Connection refused\n\tIs the server running?\n")
    #expect(unreachable.sqlState == nil)
    #expect(unreachable.text.hasSuffix("Connection refused"))
    #expect(ConnectFailureText("").text == "connection failed")
  }

  @Test("The wait between attempts doubles up to its bound, with jitter")
  func backoff() {
    var backoff = Backoff(.milliseconds(50)...Duration.milliseconds(1000))
    var generator = SystemRandomNumberGenerator()
    let waits = (0..<40).map { _ in backoff.next(using: &generator) / 1_000_000 }
    #expect((25...50).contains(waits[0]))
    #expect((50...100).contains(waits[1]))
    #expect(waits.dropFirst(5).allSatisfy { (500...1000).contains($0) })
    #expect(Set(waits.dropFirst(5)).count > 1)
    backoff.reset()
    #expect((25...50).contains(backoff.next(using: &generator) / 1_000_000))
  }

  @Test("Settings that cannot work are named")
  func configuration() throws {
    var configuration = PostgresPoolConfiguration(primary: try PostgresDSN("host=x"))
    configuration.minimumConnections = 9
    do {
      try configuration.validate()
      Issue.record("accepted")
    } catch {
      #expect(error.message.contains("minimumConnections"))
    }
  }

  @Test("Migration files are named NNNN-name.sql and numbered without gaps")
  func migrationNames() throws {
    #expect(Migration.parse(fileName: "0012-add-index.sql")?.number == 12)
    for bad in ["12-a.sql", "0000-a.sql", "0001.sql", "0001-.sql", "0001-a.txt", "x001-a.sql"] {
      #expect(Migration.parse(fileName: bad) == nil)
    }
    let a = Migration(number: 1, name: "a", sql: "")
    let c = Migration(number: 3, name: "c", sql: "")
    #expect(throws: PostgresError.self) { try Migration.validated([a, c]) }
    #expect(throws: PostgresError.self) { try Migration.validated([a, a]) }
    #expect(try Migration.validated([]) == [])
  }

  @Test("Identifiers are quoted")
  func identifiers() throws {
    #expect(try quotedIdentifier("catalog.Product \"x\"") == #""catalog"."Product ""x""""#)
    #expect(throws: PostgresError.self) { try quotedIdentifier("a..b") }
  }
}
