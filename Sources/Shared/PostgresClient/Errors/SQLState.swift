/// A five-character SQLSTATE (PostgreSQL documentation, appendix A); the first two characters are its class.
package struct SQLState: Hashable, Sendable, CustomStringConvertible {
  /// Five characters of `0-9A-Z`.
  package var code: String

  package init(_ code: String) {
    self.code = code
  }

  /// The class: the first two characters, e.g. `23` for constraint violations.
  package var category: String { String(code.prefix(2)) }
  package var description: String { code }

  package static let uniqueViolation = SQLState("23505")
  package static let foreignKeyViolation = SQLState("23503")
  package static let notNullViolation = SQLState("23502")
  package static let checkViolation = SQLState("23514")
  package static let exclusionViolation = SQLState("23P01")
  package static let serializationFailure = SQLState("40001")
  package static let deadlockDetected = SQLState("40P01")
  package static let queryCanceled = SQLState("57014")
  package static let adminShutdown = SQLState("57P01")
  package static let crashShutdown = SQLState("57P02")
  package static let cannotConnectNow = SQLState("57P03")
  package static let insufficientPrivilege = SQLState("42501")
  package static let undefinedTable = SQLState("42P01")
  package static let lockNotAvailable = SQLState("55P03")
  package static let featureNotSupported = SQLState("0A000")
  package static let invalidSQLStatementName = SQLState("26000")
  package static let invalidPassword = SQLState("28P01")
  package static let inFailedTransaction = SQLState("25P02")
  package static let tooManyConnections = SQLState("53300")

  /// Whether a connection attempt that failed with this will fail again until somebody changes something:
  /// a wrong password, role or database.
  var isPermanentConnectFailure: Bool { category == "28" || category == "3D" || code == "42501" }

  /// Whether the server's own text for this class names no values of a statement, so that it can be logged.
  ///
  /// Texts of the other classes can repeat a parameter (`invalid input syntax for type integer: "…"`).
  var hasSafeMessages: Bool {
    switch category {
    case "08", "25", "28", "3D", "3F", "40", "53", "55", "57", "58": true
    default: code == "42501"
    }
  }

  /// What the code means, for those that services meet; otherwise its class.
  var meaning: String {
    switch code {
    case "23505": "unique constraint violated"
    case "23503": "foreign key violated"
    case "23502": "null value in a column that forbids it"
    case "23514": "check constraint violated"
    case "23P01": "exclusion constraint violated"
    case "40001": "could not serialize access"
    case "40P01": "deadlock detected"
    case "57014": "statement cancelled by the server"
    case "25P02": "transaction has failed and takes no more statements"
    case "22P02": "a value cannot be read as its type"
    case "22021": "a text value has a byte that the encoding lacks"
    case "22003": "a number is out of its type's range"
    case "22001": "a text is too long for its column"
    case "22012": "division by zero"
    case "0A000": "feature not supported, or a cached plan's result changed"
    default: SQLState.classMeanings[category] ?? "server error"
    }
  }

  private static let classMeanings: [String: String] = [
    "08": "connection exception", "0A": "feature not supported", "22": "a value cannot be used",
    "23": "integrity constraint violated", "25": "invalid transaction state", "26": "unknown prepared statement",
    "28": "authentication failed", "3D": "no such database", "40": "transaction rolled back",
    "42": "statement or access rule violation", "53": "server out of resources", "54": "program limit exceeded",
    "55": "object not in the required state", "57": "operator intervention", "58": "server's system failed",
    "P0": "raised by a function", "XX": "internal error of the server",
  ]
}
