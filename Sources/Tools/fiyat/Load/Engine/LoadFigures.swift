/// What a worker has counted.
struct LoadFigures: Sendable {
  var endpoints: [EndpointFigures]
  var warmUpRequests = 0
  var warmUpErrors = 0
  /// Due, but not even begun, because too many were under way (open loop).
  var missed = 0
  /// Under way, or waiting for a connection, when the test was broken off.
  var unfinished = 0
  var connections = 0
  var connectFailures = 0
  /// Connections that ended before the test did.
  var lostConnections = 0
  /// Why connecting last failed.
  var lastConnectError: String?

  init(endpoints count: Int) { endpoints = Array(repeating: EndpointFigures(), count: count) }

  mutating func add(_ other: LoadFigures) {
    for index in endpoints.indices { endpoints[index].add(other.endpoints[index]) }
    warmUpRequests += other.warmUpRequests
    warmUpErrors += other.warmUpErrors
    missed += other.missed
    unfinished += other.unfinished
    connections += other.connections
    connectFailures += other.connectFailures
    lostConnections += other.lostConnections
    lastConnectError = lastConnectError ?? other.lastConnectError
  }

  /// All endpoints together.
  var total: EndpointFigures {
    endpoints.reduce(into: EndpointFigures()) { $0.add($1) }
  }
}
