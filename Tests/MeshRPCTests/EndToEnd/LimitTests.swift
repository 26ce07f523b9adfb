import MeshMessages
import MeshRPC
import Testing

@Suite(.timeLimit(.minutes(1)))
struct LimitTests {
  @Test("A request above the server's limit is RESOURCE_EXHAUSTED", arguments: Carrier.allCases, [false, true])
  func request(_ carrier: Carrier, isCompressed: Bool) async throws {
    try await carrier.run([Probe.echo], server: { $0.maxRequestBytes = 10_000 }) { channel in
      var options = CallOptions()
      if isCompressed { options.compression = .gzip }
      let fits = try await channel.unary(Probe.unary, Probe.zeros(9_000), options: options)
      #expect(fits.payload.count == 9_000)
      let error = try await status { _ = try await channel.unary(Probe.unary, Probe.zeros(10_001), options: options) }
      #expect(error?.code == .resourceExhausted)
    }
  }

  @Test("A response above the client's limit is RESOURCE_EXHAUSTED", arguments: Carrier.allCases, [false, true])
  func response(_ carrier: Carrier, isCompressed: Bool) async throws {
    let handler = MethodHandler.unary(Probe.unary) { request, context in
      if isCompressed { context.compressResponses(with: .gzip) }
      return Probe.zeros(Int(request.text) ?? 0)
    }
    try await carrier.run([handler], channel: { $0.maxResponseBytes = 10_000 }) { channel in
      let fits = try await channel.unary(Probe.unary, Probe.text("9000"), options: CallOptions())
      #expect(fits.payload.count == 9_000)
      let error = try await status { _ = try await channel.probe("10001") }
      #expect(error?.code == .resourceExhausted)
      var options = CallOptions()
      options.maxResponseBytes = 20_000
      let wider = try await channel.unary(Probe.unary, Probe.text("10001"), options: options)
      #expect(wider.payload.count == 10_001)
    }
  }

  @Test("Neither side sends what is above its own limit", arguments: Carrier.allCases)
  func sending(_ carrier: Carrier) async throws {
    let handled = Recorder<Int>()
    let handler = MethodHandler.unary(Probe.unary) { request, _ in
      handled.add(request.payload.count)
      return request
    }
    try await carrier.run(
      [handler], server: { $0.maxResponseBytes = 5_000 }, channel: { $0.maxRequestBytes = 10_000 }
    ) { channel in
      let tooLarge = try await status {
        _ = try await channel.unary(Probe.unary, Probe.zeros(10_001), options: .init())
      }
      #expect(tooLarge?.code == .resourceExhausted)
      #expect(handled.values.isEmpty)
      let answer = try await status { _ = try await channel.unary(Probe.unary, Probe.zeros(6_000), options: .init()) }
      #expect(answer?.code == .resourceExhausted)
      #expect(handled.values == [6_000])
    }
  }

  @Test(
    "Calls above the server's limit are turned away, and welcome when others have ended", arguments: Carrier.allCases)
  func shedding(_ carrier: Carrier) async throws {
    let running = Gate()
    let release = Gate()
    let handler = MethodHandler.unary(Probe.unary) { request, _ in
      if request.text == "slow" {
        running.open()
        try await release.wait()
      }
      return request
    }
    try await carrier.run([handler], server: { $0.maxConcurrentCalls = 1 }) { channel in
      async let slow = channel.probe("slow")
      try await running.wait()
      let error = try await status { _ = try await channel.probe("turned away") }
      #expect(error?.code == .unavailable)
      release.open()
      #expect(try await slow == "slow")
      #expect(try await channel.probe("welcome") == "welcome")
    }
  }
}
