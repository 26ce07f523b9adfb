/// What went wrong in a Redis call.
///
/// `description` is safe to log: it never holds a key, a value or a password. The server's own text may quote
/// arguments, so it stands apart in `serverMessage`.
package struct RedisError: Error, Sendable, CustomStringConvertible {
  /// The kind of failure; open, so that new kinds break no `switch`.
  package struct Code: Hashable, Sendable, RawRepresentable {
    package let rawValue: String

    package init(rawValue: String) {
      self.rawValue = rawValue
    }

    /// The connection ended after the command was written; the server may have executed it.
    package static let connectionLost = Code(rawValue: "connectionLost")
    /// No connection; the command was never written.
    package static let notConnected = Code(rawValue: "notConnected")
    /// The bound on waiting commands is reached; the command was never written.
    package static let queueFull = Code(rawValue: "queueFull")
    /// No reply in time; the server may have executed the command unless `isUnsent`.
    package static let timeout = Code(rawValue: "timeout")
    /// The peer's bytes are not RESP, or exceed a limit.
    package static let protocolViolation = Code(rawValue: "protocolViolation")
    /// The server answered with an error; `serverErrorKind` tells which.
    package static let server = Code(rawValue: "server")
    /// The server refused the user name or password.
    package static let authenticationFailed = Code(rawValue: "authenticationFailed")
    /// The configuration cannot work as it stands.
    package static let invalidConfiguration = Code(rawValue: "invalidConfiguration")
    /// The reply has another type than the caller asked for.
    package static let unexpectedReply = Code(rawValue: "unexpectedReply")
    /// The command cannot be sent as it was built (no keys where some are needed, an empty list).
    package static let invalidCommand = Code(rawValue: "invalidCommand")
    /// The keys of one cluster command hash to different slots.
    package static let crossSlot = Code(rawValue: "crossSlot")
    /// The cluster has no node for the slot, or moved the key too often during one call.
    package static let clusterUnavailable = Code(rawValue: "clusterUnavailable")
    /// The client was shut down.
    package static let closed = Code(rawValue: "closed")
  }

  /// Apart, so that a result that may be an error is no larger than a reply.
  private final class Details: Sendable {
    let code: Code
    let message: String
    let serverErrorKind: String?
    let serverMessage: String?
    let cause: (any Error)?
    let file: String
    let line: Int
    let isUnsent: Bool

    init(
      code: Code, message: String, reply: RedisServerError?, cause: (any Error)?, file: String, line: Int,
      isUnsent: Bool
    ) {
      self.code = code
      self.message = message
      self.serverErrorKind = reply?.kind
      self.serverMessage = reply?.message
      self.cause = cause
      self.file = file
      self.line = line
      self.isUnsent = isUnsent
    }
  }

  private let details: Details

  /// The kind of failure.
  package var code: Code { details.code }
  /// What happened and what to do; safe to log.
  package var message: String { details.message }
  /// The first word of the server's error (`NOSCRIPT`, `WRONGTYPE`, `NOPERM`, …) when `code` is `.server`.
  package var serverErrorKind: String? { details.serverErrorKind }
  /// The server's full text. It may quote keys or values: do not log it.
  package var serverMessage: String? { details.serverMessage }
  /// The error underneath, if any.
  package var cause: (any Error)? { details.cause }
  /// Where it was made.
  package var file: String { details.file }
  /// Where it was made.
  package var line: Int { details.line }
  /// Whether the command certainly never reached the server, so that sending it again repeats nothing.
  package var isUnsent: Bool { details.isUnsent }

  /// - Parameter isUnsent: nil derives it from `code`.
  package init(
    _ code: Code, _ message: String, cause: (any Error)? = nil, isUnsent: Bool? = nil, file: String = #fileID,
    line: Int = #line
  ) {
    self.details = Details(
      code: code, message: message, reply: nil, cause: cause, file: file, line: line,
      isUnsent: isUnsent ?? (code == .notConnected || code == .queueFull))
  }

  /// The error that the server's error reply stands for.
  package init(_ reply: RedisServerError, file: String = #fileID, line: Int = #line) {
    self.details = Details(
      code: .server, message: "the server answered with an error", reply: reply, cause: nil, file: file, line: line,
      isUnsent: false)
  }

  package var description: String {
    var text = "redis \(code.rawValue): \(message)"
    if let serverErrorKind { text += " (\(serverErrorKind))" }
    if let cause { text += "; cause: \(cause)" }
    return text + " [\(file):\(line)]"
  }
}
