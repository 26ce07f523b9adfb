import MeshRPC
import Testing

@Suite(.timeLimit(.minutes(1)))
struct InterceptorTests {
  struct Recording: ServerInterceptor, ClientInterceptor {
    let name: String
    let steps: Recorder<String>

    func intercept(_ context: ServerContext, next: @Sendable () async throws -> Void) async throws {
      steps.add("\(name) in")
      do {
        try await next()
      } catch {
        steps.add("\(name) failed")
        throw error
      }
      steps.add("\(name) out")
    }

    func intercept<Result>(
      _ method: MethodDescriptor, options: CallOptions, next: (CallOptions) async throws -> Result
    ) async throws -> Result {
      steps.add("\(name) in")
      var options = options
      try options.metadata.append(name, for: "x-name")
      let result = try await next(options)
      steps.add("\(name) out")
      return result
    }
  }

  struct Refusing: ServerInterceptor, ClientInterceptor {
    func intercept(_ context: ServerContext, next: @Sendable () async throws -> Void) async throws {
      throw RPCError(code: .unauthenticated, message: "who are you?")
    }

    func intercept<Result>(
      _ method: MethodDescriptor, options: CallOptions, next: (CallOptions) async throws -> Result
    ) async throws -> Result {
      throw RPCError(code: .permissionDenied, message: "not from here")
    }
  }

  @Test("Server interceptors stand around the handler, the first outermost", arguments: Carrier.allCases)
  func serverOrder(_ carrier: Carrier) async throws {
    let steps = Recorder<String>()
    let handler = MethodHandler.unary(Probe.unary) { request, _ in
      steps.add("handler")
      return request
    }
    let interceptors = [Recording(name: "a", steps: steps), Recording(name: "b", steps: steps)]
    try await carrier.run([handler], interceptors: interceptors) { channel in
      _ = try await channel.probe()
      #expect(steps.values == ["a in", "b in", "handler", "b out", "a out"])
    }
  }

  @Test("A server interceptor that throws ends the call before the handler", arguments: Carrier.allCases)
  func serverThrows(_ carrier: Carrier) async throws {
    let steps = Recorder<String>()
    let handler = MethodHandler.unary(Probe.unary) { request, _ in
      steps.add("handler")
      return request
    }
    let interceptors: [any ServerInterceptor] = [Recording(name: "a", steps: steps), Refusing()]
    try await carrier.run([handler], interceptors: interceptors) { channel in
      let error = try await status { _ = try await channel.probe() }
      #expect(error?.code == .unauthenticated)
      #expect(error?.message == "who are you?")
      #expect(steps.values == ["a in", "a failed"])
    }
  }

  @Test("Client interceptors may add metadata, the first outermost", arguments: Carrier.allCases)
  func clientOrder(_ carrier: Carrier) async throws {
    let steps = Recorder<String>()
    let handler = MethodHandler.unary(Probe.unary) { _, context in
      Probe.text("\(context.metadata.values(for: "x-name") == [.text("a"), .text("b")])")
    }
    try await carrier.run(
      [handler],
      channel: { $0.interceptors = [Recording(name: "a", steps: steps), Recording(name: "b", steps: steps)] }
    ) { channel in
      let hasBoth = try await channel.probe()
      #expect(hasBoth == "true")
      #expect(steps.values == ["a in", "b in", "b out", "a out"])
    }
  }

  @Test("A client interceptor that throws makes no call", arguments: Carrier.allCases)
  func clientThrows(_ carrier: Carrier) async throws {
    let handled = Recorder<Void>()
    let handler = MethodHandler.unary(Probe.unary) { request, _ in
      handled.add(())
      return request
    }
    try await carrier.run([handler], channel: { $0.interceptors = [Refusing()] }) { channel in
      let error = try await status { _ = try await channel.probe() }
      #expect(error?.code == .permissionDenied)
      #expect(handled.values.isEmpty)
    }
  }

  @Test("An error that is no status stays unknown, unless it is mapped", arguments: Carrier.allCases)
  func otherErrors(_ carrier: Carrier) async throws {
    struct Secret: Error { let password = "hunter2" }
    let handler = MethodHandler.unary(Probe.unary) { _, _ in throw Secret() }
    try await carrier.run([handler]) { channel in
      let error = try await status { _ = try await channel.probe() }
      #expect(error?.code == .unknown)
      #expect(error?.message.contains("hunter2") == false)
    }
    try await carrier.run(
      [handler],
      server: { $0.errorMapper = { $0 is Secret ? RPCError(code: .failedPrecondition, message: "mapped") : nil } }
    ) { channel in
      let error = try await status { _ = try await channel.probe() }
      #expect(error?.code == .failedPrecondition)
    }
  }
}
