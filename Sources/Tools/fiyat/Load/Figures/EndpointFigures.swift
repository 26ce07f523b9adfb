/// What a load test has seen of one endpoint.
struct EndpointFigures: Sendable {
  /// What an answer says of the gateway's cache.
  enum CacheSight: Sendable { case hit, miss, untold }

  /// Of answers with any status, and of those that did not come in time, by the time that they were given.
  private(set) var latencies = Latencies()
  private(set) var requests = 0
  private(set) var bytes = 0
  private(set) var hits = 0
  private(set) var misses = 0
  private var faults = [Int](repeating: 0, count: LoadFault.allCases.count)

  mutating func record(_ outcome: LoadOutcome) {
    requests += 1
    bytes += outcome.bytes
    if let fault = outcome.fault, let index = LoadFault.allCases.firstIndex(of: fault) { faults[index] += 1 }
    if outcome.status != nil || outcome.fault == .timeout { latencies.record(nanoseconds: outcome.nanoseconds) }
    switch outcome.cache {
    case .hit: hits += 1
    case .miss: misses += 1
    case .untold: break
    }
  }

  mutating func add(_ other: EndpointFigures) {
    latencies.add(other.latencies)
    requests += other.requests
    bytes += other.bytes
    hits += other.hits
    misses += other.misses
    for index in faults.indices { faults[index] += other.faults[index] }
  }

  mutating func reset() {
    latencies.reset()
    (requests, bytes, hits, misses) = (0, 0, 0, 0)
    for index in faults.indices { faults[index] = 0 }
  }

  var errors: Int { faults.reduce(0, +) }

  /// Kinds of errors that there were.
  var faultsByKind: [(kind: LoadFault, count: Int)] {
    zip(LoadFault.allCases, faults).filter { $0.1 > 0 }.map { ($0.0, $0.1) }
  }

  /// Of requests; nil without any.
  var errorRate: Double? { requests == 0 ? nil : Double(errors) / Double(requests) }

  /// Of answers that tell how the cache came by them; nil without any.
  var hitRate: Double? { hits + misses == 0 ? nil : Double(hits) / Double(hits + misses) }
}

/// What became of a request.
struct LoadOutcome: Sendable {
  /// Since it was due.
  var nanoseconds: Int64
  /// Nil where no whole answer came.
  var status: Int?
  var fault: LoadFault?
  var bytes = 0
  var cache = EndpointFigures.CacheSight.untold
}
