/// Why a statement, a connection or a migration did not succeed.
///
/// `description` and `message` never hold a parameter or a row's value and are safe to log; `serverMessage`, `detail`
/// and `hint` are the server's own words, which can repeat values, and are for a developer's eyes.
package struct PostgresError: Error, Sendable, CustomStringConvertible {
  /// The kind of failure; more may be added, so a `switch` needs a `default`.
  package struct Code: Hashable, Sendable, CustomStringConvertible {
    package var description: String
    private init(_ description: String) { self.description = description }

    /// The server refused the statement; `sqlState` says why.
    package static let server = Code("server error")
    /// No connection could be made: address, credentials, database or TLS.
    package static let connectFailed = Code("connect failed")
    /// The connection broke while the statement was on it.
    package static let connectionLost = Code("connection lost")
    /// The deadline passed.
    package static let timeout = Code("timeout")
    /// The task was cancelled.
    package static let cancelled = Code("cancelled")
    /// No connection became free in time.
    package static let poolTimeout = Code("pool timeout")
    /// The pool is closed.
    package static let poolClosed = Code("pool closed")
    /// Too many statements wait already.
    package static let overloaded = Code("overloaded")
    /// A parameter cannot be sent: a NUL in a text, too many parameters, too long.
    package static let invalidParameter = Code("invalid parameter")
    /// A column cannot be read as the Swift type that was asked for.
    package static let decoding = Code("decoding")
    /// A setting cannot be used.
    package static let invalidConfiguration = Code("invalid configuration")
    /// The operation does not fit what the connection is doing.
    package static let invalidUse = Code("invalid use")
    /// The transaction had failed, so that its commit rolled it back.
    package static let transactionAborted = Code("transaction aborted")
    /// The schema's migrations do not agree with the program's.
    package static let migration = Code("migration")
    /// libpq or the server broke the protocol.
    package static let protocolViolation = Code("protocol violation")
  }

  package var code: Code
  /// What happened and what to do about it; safe to log.
  package var message: String
  package var cause: (any Error)?
  /// The server's report, when there is one.
  package var server: ServerReport?
  /// Whether the statement may have taken effect all the same (it was sent, and no answer came).
  package var isOutcomeUnknown = false

  package init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
    self.code = code
    self.message = message
    self.cause = cause
  }

  package var sqlState: SQLState? { server?.sqlState }
  /// The violated constraint's name.
  package var constraint: String? { server?.constraint }
  /// The table that the error is about.
  package var table: String? { server?.table }
  /// The column that the error is about.
  package var column: String? { server?.column }
  /// Where in the statement's text the error is, in characters from 1.
  package var position: Int? { server?.position }

  /// Whether running the whole transaction again can succeed: a serialization failure, a deadlock, or a table whose
  /// columns changed under a prepared statement.
  package var isRetryableTransactionFailure: Bool {
    sqlState == .serializationFailure || sqlState == .deadlockDetected || server?.isStalePlan == true
  }

  /// Whether the server says that it stops, starts or takes no more connections (classes 08, 53 and 57P): the same may
  /// succeed later.
  package var isServerUnavailable: Bool {
    guard let sqlState else { return false }
    return sqlState.code.hasPrefix("57P") || ["08", "53"].contains(sqlState.category)
  }

  package var description: String {
    var text = "\(code): \(message)"
    if let server { text += server.safeSuffix }
    if isOutcomeUnknown { text += " (it may have taken effect all the same)" }
    if let cause = cause as? PostgresError {
      text += "; cause: \(cause)"
    } else if let cause {
      text += "; cause: \(type(of: cause))"
    }
    return text
  }
}
