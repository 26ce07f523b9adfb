import MeshMessages
import MeshRPC

/// What callers do.
enum BenchMode: String, CaseIterable, Sendable {
  case unary
  case stream
  case large
}

/// A closed loop of callers for a fixed time.
struct BenchLoad: Sendable {
  var mode: BenchMode
  var outstanding: Int
  var seconds: Double
  /// Bytes each way in one call or message.
  var payload: Int

  private static let warmUp = Duration.milliseconds(500)

  /// - Throws: the first error of any call.
  func run(over channel: RPCChannel) async throws -> BenchReport {
    let start = ContinuousClock.now.advanced(by: Self.warmUp)
    let end = start.advanced(by: .seconds(seconds))
    let echo = BenchV1.Echo.Client(channel)
    let message = BenchV1.EchoMessage(payload: [UInt8](repeating: 0x2A, count: payload))
    return try await withThrowingTaskGroup(of: LatencyHistogram.self) { group in
      for _ in 0..<outstanding {
        group.addTask {
          var latencies = LatencyHistogram()
          switch mode {
          case .unary, .large:
            try await repeatUntil(end, from: start, &latencies) { _ = try await echo.unary(message) }
          case .stream:
            latencies = try await echo.stream { requests, responses in
              var latencies = LatencyHistogram()
              var responses = responses.makeAsyncIterator()
              try await repeatUntil(end, from: start, &latencies) {
                try await requests.write(message)
                guard try await responses.next() != nil else {
                  throw RPCError(code: .unavailable, message: "the server ended the stream")
                }
              }
              requests.finish()
              return latencies
            }
          }
          return latencies
        }
      }
      try await Task.sleep(until: start, clock: .continuous)
      let cpuBefore = ProcessClock.cpuSeconds
      try await Task.sleep(until: end, clock: .continuous)
      let cpu = ProcessClock.cpuSeconds - cpuBefore
      var all = LatencyHistogram()
      for try await latencies in group { all.add(latencies) }
      return BenchReport(load: self, latencies: all, cpuSeconds: cpu)
    }
  }

  /// Does `body` again and again; what begins and ends between `start` and `end` counts.
  private func repeatUntil(
    _ end: ContinuousClock.Instant, from start: ContinuousClock.Instant, _ latencies: inout LatencyHistogram,
    _ body: () async throws -> Void
  ) async throws {
    var now = ContinuousClock.now
    while now < end {
      let began = now
      try await body()
      now = ContinuousClock.now
      if began >= start, now <= end { latencies.record(now - began) }
    }
  }
}
