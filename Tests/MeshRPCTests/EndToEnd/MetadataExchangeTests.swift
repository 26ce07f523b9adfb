import HTTPTransport
import MeshRPC
import Testing

@Suite(.timeLimit(.minutes(1)))
struct MetadataExchangeTests {
  @Test("Metadata goes there and back, text and binary, initial and trailing", arguments: Carrier.allCases)
  func roundTrip(_ carrier: Carrier) async throws {
    let handler = MethodHandler.unary(Probe.unary) { request, context in
      var initial = Metadata()
      try initial.append(context.metadata["x-text"] ?? "", for: "x-initial")
      try context.addInitialMetadata(initial)
      var trailing = Metadata()
      for value in context.metadata.values(for: "x-values-bin") {
        if case .binary(let bytes) = value { try trailing.append(binary: bytes.reversed(), for: "x-trailing-bin") }
      }
      context.addTrailingMetadata(trailing)
      return request
    }
    try await carrier.run([handler]) { channel in
      var options = CallOptions()
      try options.metadata.append("a b", for: "x-text")
      try options.metadata.append(binary: [0, 255, 1], for: "x-values-bin")
      try options.metadata.append(binary: [], for: "x-values-bin")
      let response = try await channel.unaryResponse(Probe.unary, Probe.text("hello"), options: options)
      #expect(response.message.text == "hello")
      #expect(response.initialMetadata["x-initial"] == "a b")
      #expect(response.trailingMetadata.values(for: "x-trailing-bin") == [.binary([1, 255, 0]), .binary([])])
    }
  }

  @Test("An error carries its metadata to the client", arguments: Carrier.allCases)
  func errorMetadata(_ carrier: Carrier) async throws {
    let handler = MethodHandler.unary(Probe.unary) { _, _ in
      var error = RPCError(code: .aborted, message: "çakışma\n100 %")
      try error.metadata.append(binary: [7], for: "grpc-status-details-bin")
      throw error
    }
    try await carrier.run([handler]) { channel in
      let error = try await status { _ = try await channel.probe() }
      #expect(error?.code == .aborted)
      #expect(error?.message == "çakışma\n100 %")
      #expect(error?.metadata[binary: "grpc-status-details-bin"] == [7])
    }
  }

  @Test("Initial metadata can go out before the first message", arguments: Carrier.allCases)
  func early(_ carrier: Carrier) async throws {
    let seen = Gate()
    let handler = MethodHandler.bidirectionalStreaming(Probe.bidirectional) { _, responses, context in
      try context.addInitialMetadata(Metadata([(key: "x-early", value: "yes")]))
      await context.sendInitialMetadata()
      try await seen.wait()
      #expect(throws: RPCError.self) { try context.addInitialMetadata(Metadata([(key: "x-late", value: "no")])) }
      try await responses.write(Probe.text("done"))
    }
    try await carrier.run([handler]) { channel in
      try await channel.bidirectionalStreaming(Probe.bidirectional, options: CallOptions()) { _, responses in
        #expect(try await responses.initialMetadata["x-early"] == "yes")
        seen.open()
        var texts: [String] = []
        for try await response in responses { texts.append(response.text) }
        #expect(texts == ["done"])
      }
    }
  }

  @Test("A call that fails before its first message is answered by trailers only")
  func trailersOnly() async throws {
    let handler = MethodHandler.unary(Probe.unary) { _, _ in throw RPCError(code: .notFound, message: "nothing") }
    let rpc = try RPCServer(services: [ServiceDefinition(name: Probe.service, methods: [handler])])
    let reply = try await RawCall.run(rpc, path: Probe.unary.descriptor.path)
    #expect(reply.headEndedIt)
    #expect(reply.head?.first(named: ":status") == "200")
    #expect(reply.head?.first(named: "content-type") == "application/grpc")
    #expect(reply.status == "5")
    #expect(reply.body.isEmpty && reply.trailers == nil)
  }
}
