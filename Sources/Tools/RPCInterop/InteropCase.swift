internal import MeshMessages
package import MeshRPC

/// A case of gRPC's interoperability test descriptions (`interop-test-descriptions.md`), from the client's side.
package enum InteropCase: String, CaseIterable, Sendable {
  case emptyUnary = "empty_unary"
  case largeUnary = "large_unary"
  case clientStreaming = "client_streaming"
  case serverStreaming = "server_streaming"
  case pingPong = "ping_pong"
  case emptyStream = "empty_stream"
  case clientCompressedUnary = "client_compressed_unary"
  case serverCompressedUnary = "server_compressed_unary"
  case clientCompressedStreaming = "client_compressed_streaming"
  case serverCompressedStreaming = "server_compressed_streaming"
  case cancelAfterBegin = "cancel_after_begin"
  case cancelAfterFirstResponse = "cancel_after_first_response"
  case timeoutOnSleepingServer = "timeout_on_sleeping_server"
  case customMetadata = "custom_metadata"
  case statusCodeAndMessage = "status_code_and_message"
  case specialStatusMessage = "special_status_message"
  case unimplementedMethod = "unimplemented_method"
  case unimplementedService = "unimplemented_service"

  /// Calls the server behind `channel` as the case says.
  ///
  /// - Throws: `InteropFailure` when an answer is not what the case expects, `RPCError` when a call fails that should
  ///   not.
  package func run(over channel: any RPCClient) async throws {
    let test = GrpcTesting.TestService.Client(channel)
    switch self {
    case .emptyUnary: try await UnaryCases.empty(test)
    case .largeUnary: try await UnaryCases.large(test)
    case .clientStreaming: try await StreamingCases.client(test)
    case .serverStreaming: try await StreamingCases.server(test)
    case .pingPong: try await StreamingCases.pingPong(test)
    case .emptyStream: try await StreamingCases.empty(test)
    case .clientCompressedUnary: try await CompressionCases.clientUnary(test)
    case .serverCompressedUnary: try await CompressionCases.serverUnary(channel)
    case .clientCompressedStreaming: try await CompressionCases.clientStreaming(test)
    case .serverCompressedStreaming: try await CompressionCases.serverStreaming(test)
    case .cancelAfterBegin: try await CancellationCases.afterBegin(test)
    case .cancelAfterFirstResponse: try await CancellationCases.afterFirstResponse(test)
    case .timeoutOnSleepingServer: try await CancellationCases.timeout(test)
    case .customMetadata: try await MetadataCases.custom(channel)
    case .statusCodeAndMessage: try await StatusCases.codeAndMessage(test)
    case .specialStatusMessage: try await StatusCases.specialMessage(test)
    case .unimplementedMethod: try await StatusCases.unimplementedMethod(test)
    case .unimplementedService: try await StatusCases.unimplementedService(channel)
    }
  }
}

extension GrpcTesting.Payload {
  /// This many zeros.
  static func zeros(_ count: Int) -> GrpcTesting.Payload {
    GrpcTesting.Payload(body: [UInt8](repeating: 0, count: count))
  }
}
