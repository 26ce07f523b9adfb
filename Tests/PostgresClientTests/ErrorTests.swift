import Testing

@testable import PostgresClient

@Suite("Errors")
struct ErrorTests {
  @Test("A stale plan is known by the function that reports it, not by its words or SQLSTATE")
  func stalePlans() {
    let words = "cached plan must not change result type"
    let genuine = ServerReport(
      sqlState: .featureNotSupported, serverMessage: "übersetzt", routine: "RevalidateCachedQuery")
    #expect(genuine.isStalePlan)
    #expect(PostgresError.server(genuine).isRetryableTransactionFailure)
    for other in [
      ServerReport(sqlState: .featureNotSupported, serverMessage: words, routine: "exec_stmt_raise"),
      ServerReport(sqlState: .featureNotSupported, serverMessage: words),
      ServerReport(sqlState: .undefinedTable, serverMessage: words, routine: "RevalidateCachedQuery"),
    ] {
      #expect(!other.isStalePlan)
      #expect(!PostgresError.server(other).isRetryableTransactionFailure)
    }
  }

  @Test("A server that stops, starts or is full is told from one that refuses")
  func unavailability() {
    for state in ["57P01", "57P02", "57P03", "57P05", "53300", "08006"] {
      #expect(PostgresError.server(ServerReport(sqlState: SQLState(state), serverMessage: "")).isServerUnavailable)
    }
    for state in ["57014", "23505", "42P01", "40001", "22003"] {
      #expect(!PostgresError.server(ServerReport(sqlState: SQLState(state), serverMessage: "")).isServerUnavailable)
    }
    #expect(!PostgresError(.timeout, "").isServerUnavailable)
  }

  @Test("What a function raises is not shown, whatever SQLSTATE it gives itself")
  func raisedMessages() {
    let raised = ServerReport(sqlState: .lockNotAvailable, serverMessage: "card 4711", routine: "exec_stmt_raise")
    #expect(!PostgresError.server(raised).description.contains("4711"))
    let own = ServerReport(sqlState: .lockNotAvailable, serverMessage: "could not obtain lock", routine: "LockAcquire")
    #expect(PostgresError.server(own).description.contains("could not obtain lock"))
  }

  @Test("A description names SQLSTATE, constraint and table, and says when the outcome is unknown")
  func descriptions() {
    var error = PostgresError.server(
      ServerReport(sqlState: .uniqueViolation, serverMessage: "hunter2", constraint: "users_pkey", table: "users"))
    error.isOutcomeUnknown = true
    let text = error.description
    for part in ["23505", "users_pkey", "table users", "may have taken effect"] { #expect(text.contains(part)) }
    #expect(!text.contains("hunter2"))
    #expect(!String(reflecting: error).contains("hunter2"))
  }
}
