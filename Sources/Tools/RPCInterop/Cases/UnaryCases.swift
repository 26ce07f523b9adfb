internal import MeshMessages
internal import MeshRPC

/// One request, one response.
enum UnaryCases {
  /// The request and response sizes that most unary cases use.
  static let requestSize = 271_828
  static let responseSize = 314_159

  static func empty(_ test: GrpcTesting.TestService.Client) async throws {
    let response = try await test.emptyCall(GrpcTesting.Empty())
    try Expect.equal(response, GrpcTesting.Empty(), "response")
  }

  static func large(_ test: GrpcTesting.TestService.Client) async throws {
    try check(try await test.unaryCall(request))
  }

  static var request: GrpcTesting.SimpleRequest {
    GrpcTesting.SimpleRequest(responseSize: Int32(responseSize), payload: .zeros(requestSize))
  }

  static func check(_ response: GrpcTesting.SimpleResponse) throws(InteropFailure) {
    try Expect.equal(response.payload?.type, .compressable, "type of the response's payload")
    let body = response.payload?.body ?? []
    try Expect.equal(body.count, responseSize, "size of the response's payload")
    try Expect.that(body.allSatisfy { $0 == 0 }, "the response's payload is not all zeros")
  }
}
