internal import MeshMessages
internal import MeshRPC

/// Streams of requests, of responses, and of both.
enum StreamingCases {
  static let requestSizes = [27_182, 8, 1_828, 45_904]
  static let responseSizes = [31_415, 9, 2_653, 58_979]

  static func client(_ test: GrpcTesting.TestService.Client) async throws {
    let response = try await test.streamingInputCall { requests in
      for size in requestSizes {
        try await requests.write(GrpcTesting.StreamingInputCallRequest(payload: .zeros(size)))
      }
    }
    try Expect.equal(response.aggregatedPayloadSize, 74_922, "sum of the payload sizes")
  }

  static func server(_ test: GrpcTesting.TestService.Client) async throws {
    let request = GrpcTesting.StreamingOutputCallRequest(
      responseParameters: responseSizes.map { GrpcTesting.ResponseParameters(size: Int32($0)) })
    let sizes = try await test.streamingOutputCall(request) { responses in
      var sizes: [Int] = []
      for try await response in responses { sizes.append(response.payload?.body.count ?? 0) }
      return sizes
    }
    try Expect.equal(sizes, responseSizes, "sizes of the responses")
  }

  static func pingPong(_ test: GrpcTesting.TestService.Client) async throws {
    try await test.fullDuplexCall { requests, responses in
      var responses = responses.makeAsyncIterator()
      for (request, response) in zip(requestSizes, responseSizes) {
        try await requests.write(exchange(request, response))
        let size = try await responses.next()?.payload?.body.count
        try Expect.equal(size, response, "size of the response")
      }
      requests.finish()
      try Expect.that(try await responses.next() == nil, "more responses than requests")
    }
  }

  static func empty(_ test: GrpcTesting.TestService.Client) async throws {
    try await test.fullDuplexCall { requests, responses in
      requests.finish()
      for try await _ in responses { throw InteropFailure("a response to no request") }
    }
  }

  /// A request of one size that asks for a response of another.
  static func exchange(_ request: Int, _ response: Int) -> GrpcTesting.StreamingOutputCallRequest {
    GrpcTesting.StreamingOutputCallRequest(
      responseParameters: [GrpcTesting.ResponseParameters(size: Int32(response))], payload: .zeros(request))
  }
}
