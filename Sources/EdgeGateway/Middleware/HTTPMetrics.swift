internal import CoreMetrics
internal import HTTPTypes
internal import Synchronization

/// Counts requests and measures how long they take, by route.
///
/// | metric | type | labels |
/// |---|---|---|
/// | `http_requests_total` | counter | route, method, status |
/// | `http_request_seconds` | timer | route |
package final class HTTPMetrics: Middleware {
  private struct Key: Hashable {
    let operation: String
    let method: String
    let status: Int
  }

  private struct Handles {
    var counters: [Key: Counter] = [:]
    var timers: [String: Timer] = [:]
    var figures: [String: RouteFigures] = [:]

    mutating func counter(_ key: Key, _ route: String) -> Counter {
      if let known = counters[key] { return known }
      let counter = Counter(
        label: "http_requests_total",
        dimensions: [("route", route), ("method", key.method), ("status", String(key.status))])
      counters[key] = counter
      return counter
    }

    mutating func timer(_ operation: String, _ route: String) -> Timer {
      if let known = timers[operation] { return known }
      let timer = Timer(label: "http_request_seconds", dimensions: [("route", route)])
      timers[operation] = timer
      return timer
    }
  }

  /// The metrics of a route's kept answers, looked up once.
  final class RouteFigures: Sendable {
    private let timer: Timer
    private let counters: [Counter]
    private let tally: RequestTally

    init(_ route: String, _ tally: RequestTally) {
      self.tally = tally
      timer = Timer(label: "http_request_seconds", dimensions: [("route", route)])
      counters = [("GET", "200"), ("GET", "304"), ("HEAD", "200"), ("HEAD", "304")].map { method, status in
        Counter(
          label: "http_requests_total", dimensions: [("route", route), ("method", method), ("status", status)])
      }
    }

    func record(isHead: Bool, isNotModified: Bool, nanoseconds: Int64) {
      tally.count(status: 200)
      counters[(isHead ? 2 : 0) + (isNotModified ? 1 : 0)].increment()
      timer.recordNanoseconds(nanoseconds)
    }
  }

  func figures(of route: Route) -> RouteFigures {
    handles.withLock { handles in
      if let figures = handles.figures[route.operation] { return figures }
      let figures = RouteFigures(route.pattern, tally)
      handles.figures[route.operation] = figures
      return figures
    }
  }

  /// The same of all routes together, to be read here.
  let tally = RequestTally()

  // Looking a metric up costs more than using it; each is made once.
  private let handles = Mutex(Handles())

  package init() {}

  package func respond(to request: GatewayRequest, next: Next) async throws -> GatewayResponse {
    let start = ContinuousClock.now
    let response = try await next(request)
    record(request, response.status.code, since: start)
    return response
  }

  /// A method as a label. Strangers may send any word, and each would be a series of its own.
  static func label(_ method: HTTPRequest.Method) -> String {
    switch method {
    case .get, .head, .post, .put, .patch, .delete, .options: method.rawValue
    default: "other"
    }
  }

  private func record(_ request: GatewayRequest, _ status: Int, since start: ContinuousClock.Instant) {
    let elapsed = (ContinuousClock.now - start).components
    let route = request.route.pattern
    let (counter, timer) = handles.withLock { handles in
      let key = Key(operation: request.route.operation, method: Self.label(request.head.method), status: status)
      return (handles.counter(key, route), handles.timer(key.operation, route))
    }
    tally.count(status: status)
    counter.increment()
    timer.recordNanoseconds(elapsed.seconds * 1_000_000_000 + elapsed.attoseconds / 1_000_000_000)
  }
}
