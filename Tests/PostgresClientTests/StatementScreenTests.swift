import Testing

@testable import PostgresClient

@Suite("What may be sent as a query")
struct StatementScreenTests {
  private func code(_ sql: String, _ use: StatementScreen.Use) -> PostgresError.Code? {
    do {
      try StatementScreen.check(sql, for: use)
      return nil
    } catch {
      return error.code
    }
  }

  @Test(
    "COPY is found behind blanks, comments, empty statements and in any case",
    arguments: [
      "COPY t TO STDOUT", "copy t from stdin", " Copy t to stdout", "\n\t\u{0B}\u{0C}\r cOPY t to stdout",
      ";COPY t TO STDOUT",
      " ; ;copy t to stdout", "-- a comment\ncopy t to stdout", "/* a /* nested */ one */copy t to stdout",
      "/**/-- x\r/***/ ; copy(select 1) to stdout",
    ])
  func copies(sql: String) {
    for use in [StatementScreen.Use.read, .statement, .transaction] { #expect(code(sql, use) == .invalidUse) }
  }

  @Test(
    "What begins, ends or outlives a statement of a shared connection is refused",
    arguments: [
      "begin", "START TRANSACTION", "Commit;", "END", "rollback", "savepoint a", "set search_path = x", "LISTEN a",
    ])
  func sessions(sql: String) {
    #expect(code(sql, .statement) == .invalidUse)
    #expect(code(sql, .read) == .invalidUse)
    #expect(code(sql, .own) == nil)
  }

  @Test("A transaction may set what is local to it, and may not end itself")
  func transactions() {
    #expect(code("SET LOCAL work_mem = '1MB'", .transaction) == nil)
    #expect(code("INSERT INTO t VALUES (1)", .transaction) == nil)
    #expect(code("COMMIT", .transaction) == .invalidUse)
  }

  @Test("Whatever else is a statement passes, and a read reads")
  func others() {
    for sql in ["SELECT 1", "(select 1)", "WITH a AS (SELECT 1) TABLE a", "values (1)", "EXPLAIN SELECT 1", "show all"]
    {
      for use in [StatementScreen.Use.read, .statement, .transaction] { #expect(code(sql, use) == nil) }
    }
    for sql in [
      "INSERT INTO t VALUES (1)", "copyright", "CALL p()", "", "--", "/*", "/* open", "-", "/", "ş", "\"copy\"",
    ] {
      #expect(code(sql, .statement) == nil)
      #expect(code(sql, .read) == .invalidUse)
    }
  }

  @Test("A text with U+0000 is no statement")
  func refusesNUL() {
    #expect(code("SELECT 1\0", .own) == .invalidParameter)
    #expect(code("\0", .statement) == .invalidParameter)
  }
}
