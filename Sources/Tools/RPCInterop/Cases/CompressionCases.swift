internal import MeshMessages
internal import MeshRPC

/// Compression, message by message, each way.
enum CompressionCases {
  static func clientUnary(_ test: GrpcTesting.TestService.Client) async throws {
    // A server that does not look at the flag would pass the rest by luck.
    try await Expect.status(.invalidArgument) { _ = try await test.unaryCall(request(expectCompressed: true)) }
    var options = CallOptions()
    options.compression = .gzip
    try UnaryCases.check(try await test.unaryCall(request(expectCompressed: true), options: options))
    try UnaryCases.check(try await test.unaryCall(request(expectCompressed: false)))
  }

  private static func request(expectCompressed: Bool) -> GrpcTesting.SimpleRequest {
    var request = UnaryCases.request
    request.expectCompressed = GrpcTesting.BoolValue(value: expectCompressed)
    return request
  }

  static func serverUnary(_ channel: any RPCClient) async throws {
    for wanted in [true, false] {
      var request = UnaryCases.request
      request.responseCompressed = GrpcTesting.BoolValue(value: wanted)
      let response = try await channel.unaryResponse(
        GrpcTesting.TestService.Methods.unaryCall, request, options: CallOptions())
      try Expect.equal(response.wasCompressed, wanted, "compressed flag of the response")
      try UnaryCases.check(response.message)
    }
  }

  static func clientStreaming(_ test: GrpcTesting.TestService.Client) async throws {
    try await Expect.status(.invalidArgument) {
      _ = try await test.streamingInputCall { requests in
        try await requests.write(message(27_182, compressed: true))
      }
    }
    var options = CallOptions()
    options.compression = .gzip
    let response = try await test.streamingInputCall(options: options) { requests in
      try await requests.write(message(27_182, compressed: true))
      try await requests.write(message(45_904, compressed: false), compress: false)
    }
    try Expect.equal(response.aggregatedPayloadSize, 73_086, "sum of the payload sizes")
  }

  private static func message(_ size: Int, compressed: Bool) -> GrpcTesting.StreamingInputCallRequest {
    GrpcTesting.StreamingInputCallRequest(
      payload: .zeros(size), expectCompressed: GrpcTesting.BoolValue(value: compressed))
  }

  static func serverStreaming(_ test: GrpcTesting.TestService.Client) async throws {
    let wanted: [(size: Int, compressed: Bool)] = [(31_415, true), (92_653, false)]
    let request = GrpcTesting.StreamingOutputCallRequest(
      responseParameters: wanted.map {
        GrpcTesting.ResponseParameters(
          size: Int32($0.size), compressed: GrpcTesting.BoolValue(value: $0.compressed))
      })
    try await test.streamingOutputCall(request) { responses in
      var responses = responses.makeAsyncIterator()
      for (size, compressed) in wanted {
        let response = try await responses.next()
        try Expect.equal(response?.payload?.body.count, size, "size of the response")
        try Expect.equal(responses.lastWasCompressed, compressed, "compressed flag of the response")
      }
      try Expect.that(try await responses.next() == nil, "more responses than were asked for")
    }
  }
}
