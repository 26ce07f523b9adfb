internal import CoreMetrics
internal import Synchronization

/// Counts calls and measures how long they take, on either side.
///
/// | metric | type | labels |
/// |---|---|---|
/// | `rpc_server_calls_total`, `rpc_client_calls_total` | counter | service, method, code |
/// | `rpc_server_call_seconds`, `rpc_client_call_seconds` | timer | service, method |
package final class MetricsInterceptor: ServerInterceptor, ClientInterceptor {
  private struct Key: Hashable {
    let path: String
    let code: RPCError.Code
  }

  private struct Handles {
    var counters: [Key: Counter] = [:]
    var timers: [String: Timer] = [:]

    mutating func counter(_ key: Key, _ method: MethodDescriptor, _ prefix: String) -> Counter {
      if let known = counters[key] { return known }
      let counter = Counter(
        label: "\(prefix)_calls_total", dimensions: Self.labels(method) + [("code", key.code.description)])
      counters[key] = counter
      return counter
    }

    mutating func timer(_ method: MethodDescriptor, _ prefix: String) -> Timer {
      if let known = timers[method.path] { return known }
      let timer = Timer(label: "\(prefix)_call_seconds", dimensions: Self.labels(method))
      timers[method.path] = timer
      return timer
    }

    private static func labels(_ method: MethodDescriptor) -> [(String, String)] {
      [("service", method.service), ("method", method.name)]
    }
  }

  private let prefix: String
  // Looking a metric up in the backend costs more than the call; each is made once.
  private let handles = Mutex(Handles())

  /// - Parameter side: which names the metrics get.
  package init(side: Side) { prefix = side == .server ? "rpc_server" : "rpc_client" }

  package enum Side: Sendable { case server, client }

  package func intercept(_ context: ServerContext, next: @Sendable () async throws -> Void) async throws {
    let start = ContinuousClock.now
    do {
      try await next()
      record(context.method, .ok, since: start)
    } catch {
      record(context.method, context.statusCode(for: error), since: start)
      throw error
    }
  }

  package func intercept<Result>(
    _ method: MethodDescriptor, options: CallOptions, next: (CallOptions) async throws -> Result
  ) async throws -> Result {
    let start = ContinuousClock.now
    do {
      let result = try await next(options)
      record(method, .ok, since: start)
      return result
    } catch {
      record(method, (error as? RPCError)?.code ?? .unknown, since: start)
      throw error
    }
  }

  private func record(_ method: MethodDescriptor, _ code: RPCError.Code, since start: ContinuousClock.Instant) {
    let elapsed = (ContinuousClock.now - start).components
    let (counter, timer) = handles.withLock { handles in
      let key = Key(path: method.path, code: code)
      return (handles.counter(key, method, prefix), handles.timer(method, prefix))
    }
    counter.increment()
    timer.recordNanoseconds(elapsed.seconds * 1_000_000_000 + elapsed.attoseconds / 1_000_000_000)
  }
}
