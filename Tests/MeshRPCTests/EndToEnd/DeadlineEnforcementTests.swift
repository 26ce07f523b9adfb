import MeshRPC
import NIOCore
import Testing

@Suite(.timeLimit(.minutes(1)))
struct DeadlineEnforcementTests {
  /// Calls with ever longer timeouts, until one was long enough for the handler to start: under load the way there can
  /// take longer than the shortest.
  private func callTooLong(_ channel: RPCChannel, until started: Gate) async throws {
    var options = CallOptions()
    var timeout = Duration.milliseconds(25)
    while !started.isOpen {
      options.timeout = timeout
      let error = try await status { _ = try await channel.probe(options: options) }
      #expect(error?.code == .deadlineExceeded)
      timeout *= 2
    }
  }

  @Test("A call that outlasts its timeout ends for the client and for the handler", arguments: Carrier.allCases)
  func timeout(_ carrier: Carrier) async throws {
    let started = Gate()
    let cancelled = Gate()
    let handler = MethodHandler.unary(Probe.unary) { _, _ in
      started.open()
      return try await hang(cancelled)
    }
    try await carrier.run([handler]) { channel in
      try await callTooLong(channel, until: started)
      try await cancelled.wait()
    }
  }

  @Test("The server ends an expired call by itself")
  func serverSide() async throws {
    let cancelled = Gate()
    let handler = MethodHandler.unary(Probe.unary) { _, _ in try await hang(cancelled) }
    let rpc = try RPCServer(services: [ServiceDefinition(name: Probe.service, methods: [handler])])
    let reply = try await RawCall.run(rpc, path: Probe.unary.descriptor.path, fields: [("grpc-timeout", "20m")])
    #expect(reply.status == "4")
    try await cancelled.wait()
  }

  @Test("A call whose deadline passed before its request was complete never starts")
  func neverComplete() async throws {
    let started = Recorder<Void>()
    let handler = MethodHandler.unary(Probe.unary) { request, _ in
      started.add(())
      return request
    }
    let rpc = try RPCServer(services: [ServiceDefinition(name: Probe.service, methods: [handler])])
    let path = Probe.unary.descriptor.path
    let incomplete = try await RawCall.run(rpc, path: path, fields: [("grpc-timeout", "10m")], body: nil)
    #expect(incomplete.status == "4")
    let expired = try await RawCall.run(rpc, path: path, fields: [("grpc-timeout", "0n")])
    #expect(expired.status == "4")
    #expect(started.values.isEmpty)
  }

  /// Runs `body` with a channel to a server whose handler calls a second server, which `back` handles.
  private func withTwoServers(
    _ carrier: Carrier, _ back: MethodHandler, _ body: (RPCChannel) async throws -> Void
  ) async throws {
    try await carrier.run([back]) { inner in
      let front = MethodHandler.unary(Probe.unary) { request, _ in
        try await inner.unary(Probe.unary, request, options: CallOptions())
      }
      try await carrier.run([front], body)
    }
  }

  @Test("A handler's own calls inherit its deadline", arguments: Carrier.allCases)
  func propagation(_ carrier: Carrier) async throws {
    let seen = Recorder<Deadline>()
    let back = MethodHandler.unary(Probe.unary) { request, context in
      seen.add(context.deadline)
      return request
    }
    try await withTwoServers(carrier, back) { channel in
      _ = try await channel.probe()
      var options = CallOptions()
      options.timeout = .seconds(40)
      let start = NIODeadline.now()
      _ = try await channel.probe(options: options)
      let end = NIODeadline.now()
      #expect(seen.values.first == .never)
      let deadline = try #require(seen.values.last)
      #expect(deadline.instant >= start + .seconds(30) && deadline.instant <= end + .seconds(41))
    }
  }

  @Test("A deadline ends the handler's own calls as well", arguments: Carrier.allCases)
  func expiryOnward(_ carrier: Carrier) async throws {
    let started = Gate()
    let cancelled = Gate()
    let back = MethodHandler.unary(Probe.unary) { _, _ in
      started.open()
      return try await hang(cancelled)
    }
    try await withTwoServers(carrier, back) { channel in
      try await callTooLong(channel, until: started)
      try await cancelled.wait()
    }
  }

  @Test("Waiting for a connection ends with the deadline")
  func noConnection() async throws {
    var options = CallOptions()
    options.timeout = .milliseconds(30)
    options.waitForReady = true
    let channel = RPCChannel(provider: try ConnectionPool(toUnixSocket: "/nonexistent/socket"))
    try await Carrier.ending(channel) { channel in
      let error = try await status { _ = try await channel.probe(options: options) }
      #expect(error?.code == .deadlineExceeded)
    }
  }
}
