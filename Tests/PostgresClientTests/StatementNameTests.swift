import Testing

@testable import PostgresClient

@Suite("Names of statements in traces")
struct StatementNameTests {
  @Test(
    "The first word and the table, and no value",
    arguments: [
      ("SELECT a, b FROM product WHERE name = 'secret'", "SELECT product"),
      ("select 1", "SELECT"),
      ("INSERT INTO catalog.product (a) VALUES ('x')", "INSERT catalog.product"),
      ("UPDATE  listing SET a = 'b'", "UPDATE listing"),
      ("DELETE FROM ONLY outbox\nWHERE id = 7", "DELETE outbox"),
      ("WITH due AS (SELECT id FROM job) UPDATE job SET x = 1", "WITH job"),
      ("SELECT x FROM (SELECT 'a@b.example' FROM t) q", "SELECT t"),
      ("", "STATEMENT"), ("/* c */ SELECT 1 FROM t", "STATEMENT t"), ("SELECT 'from' , 5", "SELECT"),
      ("COMMIT", "COMMIT"),
    ])
  func name(sql: String, expected: String) { #expect(StatementName.of(sql) == expected) }
}
