internal import HTTPTypes
internal import MeshRPC
internal import PostgresClient

/// What a service's status means to a client of the gateway, in one place.
enum StatusMapping {
  static func problem(for error: RPCError) -> Problem {
    switch error.code {
    case .invalidArgument, .outOfRange:
      let (field, detail) = split(error.message)
      return Problem(.badRequest, .invalidParameter, field.map { "\($0): \(detail)" } ?? detail, field: field)
    case .notFound: return Problem(.notFound, .notFound, shown(error.message, or: "there is no such thing"))
    case .alreadyExists: return Problem(.conflict, .conflict, shown(error.message, or: "it exists already"))
    case .failedPrecondition, .aborted:
      return Problem(.conflict, .conflict, shown(error.message, or: "it is not in a state that allows this"))
    case .permissionDenied: return Problem(.forbidden, .forbidden, "this is not yours")
    case .resourceExhausted:
      return Problem(.tooManyRequests, .tooManyRequests, "too much is asked for at the moment; try again in a second")
        .with(.retryAfter, "1")
    case .unavailable, .cancelled:
      return Problem(.serviceUnavailable, .unavailable, "a service that is needed is away; try again in a second")
        .with(.retryAfter, "1")
    case .deadlineExceeded:
      return Problem(.gatewayTimeout, .timeout, "a service that is needed did not answer in time; try again")
    case .unimplemented: return Problem(.notImplemented, .notImplemented, "this is not offered")
    // UNAUTHENTICATED among them: it is the gateway that was not believed, and not the client's affair.
    default: return Problem(.internalServerError, .internal, "something went wrong here; it has been noted")
    }
  }

  /// What the gateway's own database says.
  static func problem(for error: PostgresError) -> Problem {
    let isAway = Problem(
      .serviceUnavailable, .unavailable, "what is kept of accounts cannot be reached; try again in a second"
    ).with(.retryAfter, "1")
    switch error.code {
    case .connectFailed, .connectionLost, .timeout, .poolTimeout, .poolClosed, .overloaded, .cancelled: return isAway
    case .server where error.isServerUnavailable || error.isRetryableTransactionFailure: return isAway
    default: return Problem(.internalServerError, .internal, "something went wrong here; it has been noted")
    }
  }

  /// Services begin a message about a field with its name and a colon; here it gets the name that clients know.
  static func split(_ message: String) -> (field: String?, detail: String) {
    guard let colon = message.firstIndex(of: ":") else { return (nil, shown(message, or: "the request is not valid")) }
    let name = message[..<colon]
    let isField =
      !name.isEmpty && name.utf8.count <= 100
      && name.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"),
          UInt8(ascii: "."), UInt8(ascii: "["), UInt8(ascii: "]"):
          true
        default: false
        }
      }
    guard isField else { return (nil, shown(message, or: "the request is not valid")) }
    let detail = String(message[message.index(after: colon)...].drop { $0 == " " })
    return (publicName(String(name)), shown(detail, or: "is not valid"))
  }

  private static func publicName(_ name: String) -> String {
    switch name {
    case "page.token", "token": "page_token"
    case "page.size", "size": "limit"
    case "order": "sort"
    case "query", "prefix": "q"
    case "filter.min_discount_basis_points": "min_discount"
    default: name.hasPrefix("filter.") ? String(name.dropFirst(7)) : name
    }
  }

  private static func shown(_ text: String, or other: String) -> String {
    text.isEmpty ? other : String(text.prefix(500))
  }
}
