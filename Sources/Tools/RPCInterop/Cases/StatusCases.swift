internal import MeshMessages
internal import MeshRPC

/// Calls that the server ends with a status other than OK.
enum StatusCases {
  static func codeAndMessage(_ test: GrpcTesting.TestService.Client) async throws {
    let status = GrpcTesting.EchoStatus(
      code: Int32(RPCError.Code.unknown.rawValue), message: "test status message")
    try await Expect.status(.unknown, message: status.message) {
      _ = try await test.unaryCall(GrpcTesting.SimpleRequest(responseStatus: status))
    }
    try await Expect.status(.unknown, message: status.message) {
      try await test.fullDuplexCall { requests, responses in
        try await requests.write(GrpcTesting.StreamingOutputCallRequest(responseStatus: status))
        requests.finish()
        for try await _ in responses {}
      }
    }
  }

  static func specialMessage(_ test: GrpcTesting.TestService.Client) async throws {
    let message = "\t\ntest with whitespace\r\nand Unicode BMP \u{263A} and non-BMP \u{1F608}\t\n"
    let status = GrpcTesting.EchoStatus(code: Int32(RPCError.Code.unknown.rawValue), message: message)
    try await Expect.status(.unknown, message: message) {
      _ = try await test.unaryCall(GrpcTesting.SimpleRequest(responseStatus: status))
    }
  }

  static func unimplementedMethod(_ test: GrpcTesting.TestService.Client) async throws {
    try await Expect.status(.unimplemented) { _ = try await test.unimplementedCall(GrpcTesting.Empty()) }
  }

  static func unimplementedService(_ channel: any RPCClient) async throws {
    let service = GrpcTesting.UnimplementedService.Client(channel)
    try await Expect.status(.unimplemented) { _ = try await service.unimplementedCall(GrpcTesting.Empty()) }
  }
}
