internal import CLibpq

/// An ErrorResponse's fields (PostgreSQL documentation, "Error and Notice Message Fields").
package final class ServerReport: Sendable {
  package let sqlState: SQLState
  package let schema: String?
  package let table: String?
  package let column: String?
  package let constraint: String?
  package let dataType: String?
  /// In characters of the statement, from 1.
  package let position: Int?
  /// The function in the server's source that reported, e.g. `RevalidateCachedQuery`.
  package let routine: String?
  /// The server's primary message. Can hold values: not for logs.
  package let serverMessage: String
  /// The server's detail. Holds values: not for logs.
  package let detail: String?
  /// The server's hint. Can hold values: not for logs.
  package let hint: String?

  init(
    sqlState: SQLState, serverMessage: String = "", constraint: String? = nil, table: String? = nil,
    routine: String? = nil
  ) {
    self.sqlState = sqlState
    self.serverMessage = serverMessage
    self.constraint = constraint
    self.table = table
    self.routine = routine
    schema = nil
    column = nil
    dataType = nil
    position = nil
    detail = nil
    hint = nil
  }

  /// Reads the fields of a `PGresult` with an error.
  init(result: OpaquePointer) {
    func field(_ code: Character) -> String? {
      PQresultErrorField(result, Int32(code.asciiValue ?? 0)).map { String(cString: $0) }
    }
    sqlState = SQLState(field("C") ?? "XX000")
    schema = field("s")
    table = field("t")
    column = field("c")
    dataType = field("d")
    constraint = field("n")
    position = field("P").flatMap { Int($0) }
    routine = field("R")
    serverMessage = field("M") ?? "no message"
    detail = field("D")
    hint = field("H")
  }

  /// Whether a prepared statement's result type changed with its table. The message is translated and anybody can raise
  /// its SQLSTATE, so the function that refuses such a plan tells (`plancache.c`, the same since PostgreSQL 9.2).
  var isStalePlan: Bool { sqlState == .featureNotSupported && routine == "RevalidateCachedQuery" }

  /// Whether the message is a function's own words (RAISE), which can hold anything under any SQLSTATE.
  var isRaised: Bool { routine == "exec_stmt_raise" }

  var safeSuffix: String {
    var text = " [\(sqlState)"
    if let constraint { text += ", constraint \(constraint)" }
    if let table { text += ", table \(schema.map { $0 + "." } ?? "")\(table)" }
    if let column { text += ", column \(column)" }
    if let position { text += ", at character \(position)" }
    return text + "]"
  }
}

extension PostgresError {
  /// - Parameter beforeValues: the server had seen the statement's text only (Parse), so that its message can repeat
  ///   nothing but that text.
  static func server(_ report: ServerReport, beforeValues: Bool = false) -> PostgresError {
    let isSafe = beforeValues || (report.sqlState.hasSafeMessages && !report.isRaised)
    var error = PostgresError(.server, isSafe ? report.serverMessage : report.sqlState.meaning)
    error.server = report
    return error
  }

  static func connectionLost(_ message: String, wasSent: Bool) -> PostgresError {
    var error = PostgresError(.connectionLost, message)
    error.isOutcomeUnknown = wasSent
    return error
  }
}
