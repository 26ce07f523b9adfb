/// A request by POST to a server outside, for senders.
struct HTTPPost: Sendable {
  var url: String
  var headers: [(name: String, value: String)]
  var body: [UInt8]
  var timeout: Duration
  /// The status is all that is of use.
  var ignoresBody = false
}

struct HTTPAnswer: Sendable {
  var status: Int
  /// Of the field `retry-after`, when it is a number of seconds.
  var retryAfter: Int?
  var body: [UInt8]
}

/// Why there is no answer. The text names the server, and nothing that is secret.
struct HTTPFailure: Error, Sendable {
  var message: String
  /// The address itself will not do, now or later.
  var isPermanent: Bool
}

/// What carries requests out of the house.
protocol HTTPPoster: Sendable {
  /// - Throws: `HTTPFailure`, `CancellationError`.
  func post(_ request: HTTPPost) async throws -> HTTPAnswer
}
