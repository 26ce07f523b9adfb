package import HTTPTransport

/// Where a channel gets connections for its calls.
package protocol ConnectionProvider: Sendable {
  /// A connection if one is ready now.
  func readyConnection() -> ConnectionLease?

  /// Waits for one.
  ///
  /// - Parameters:
  ///   - waitForReady: whether to go on waiting while connecting fails.
  ///   - deadline: when to stop waiting.
  /// - Throws: `RPCError` UNAVAILABLE, DEADLINE_EXCEEDED or CANCELLED.
  func connection(waitForReady: Bool, deadline: Deadline) async throws -> ConnectionLease

  /// Closes what there is and gives no more.
  func shutdown() async
}

/// A connection lent to one attempt of a call, counted as outstanding until it is given back.
package struct ConnectionLease: Sendable {
  package let connection: any HTTPClientConnection
  /// `https` or `http`.
  package let scheme: StaticString
  /// The `:authority` of requests.
  package let authority: String
  private let giveBack: @Sendable () -> Void

  package init(
    connection: any HTTPClientConnection, scheme: StaticString, authority: String,
    giveBack: @escaping @Sendable () -> Void
  ) {
    self.connection = connection
    self.scheme = scheme
    self.authority = authority
    self.giveBack = giveBack
  }

  package func release() { giveBack() }

  /// The same lease after it was given back: giving it back once more does nothing.
  var spent: ConnectionLease {
    ConnectionLease(connection: connection, scheme: scheme, authority: authority) {}
  }
}
