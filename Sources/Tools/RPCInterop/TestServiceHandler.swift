internal import HTTPTransport
package import MeshMessages
package import MeshRPC

/// `grpc.testing.TestService` as gRPC's interoperability test descriptions define the server's side.
package struct TestServiceHandler: GrpcTesting.TestService.Handler {
  package init() {}

  /// The service as a server registers it: without `UnimplementedCall`, which the runtime itself has to refuse.
  package static var definition: ServiceDefinition {
    let all = GrpcTesting.TestService.definition(TestServiceHandler())
    return ServiceDefinition(
      name: all.name,
      methods: all.methods.filter { $0.descriptor != GrpcTesting.TestService.Methods.unimplementedCall.descriptor })
  }

  package func emptyCall(_ request: GrpcTesting.Empty, context: ServerContext) async throws -> GrpcTesting.Empty {
    try EchoMetadata.echo(context)
    return GrpcTesting.Empty()
  }

  package func unaryCall(
    _ request: GrpcTesting.SimpleRequest, context: ServerContext
  ) async throws -> GrpcTesting.SimpleResponse {
    try EchoMetadata.echo(context)
    try checkCompression(request.expectCompressed, context)
    try fail(with: request.responseStatus)
    if request.responseCompressed?.value == true { context.compressResponses(with: .gzip) }
    var response = GrpcTesting.SimpleResponse(payload: try Self.payload(request.responseSize))
    if request.fillUsername { response.username = context.peerIdentity?.uris.first ?? "" }
    if request.fillServerId { response.serverId = "fiyatradari" }
    return response
  }

  package func cacheableUnaryCall(
    _ request: GrpcTesting.SimpleRequest, context: ServerContext
  ) async throws -> GrpcTesting.SimpleResponse {
    var metadata = Metadata()
    try metadata.append("max-age=60, public", for: "cache-control")
    try context.addInitialMetadata(metadata)
    return try await unaryCall(request, context: context)
  }

  package func streamingOutputCall(
    _ request: GrpcTesting.StreamingOutputCallRequest,
    responses: ResponseWriter<GrpcTesting.StreamingOutputCallResponse>, context: ServerContext
  ) async throws {
    try EchoMetadata.echo(context)
    try fail(with: request.responseStatus)
    if request.responseParameters.contains(where: { $0.compressed?.value == true }) {
      context.compressResponses(with: .gzip)
    }
    for wanted in request.responseParameters { try await send(wanted, to: responses) }
  }

  package func streamingInputCall(
    _ requests: RequestStream<GrpcTesting.StreamingInputCallRequest>, context: ServerContext
  ) async throws -> GrpcTesting.StreamingInputCallResponse {
    try EchoMetadata.echo(context)
    var total = 0
    for try await request in requests {
      try checkCompression(request.expectCompressed, context)
      total += request.payload?.body.count ?? 0
    }
    return GrpcTesting.StreamingInputCallResponse(aggregatedPayloadSize: Int32(clamping: total))
  }

  package func fullDuplexCall(
    _ requests: RequestStream<GrpcTesting.StreamingOutputCallRequest>,
    responses: ResponseWriter<GrpcTesting.StreamingOutputCallResponse>, context: ServerContext
  ) async throws {
    try EchoMetadata.echo(context)
    // Which messages to compress is known message by message, but the head that allows it is sent before the first.
    context.compressResponses(with: .gzip)
    for try await request in requests {
      try fail(with: request.responseStatus)
      for wanted in request.responseParameters { try await send(wanted, to: responses) }
    }
  }

  package func halfDuplexCall(
    _ requests: RequestStream<GrpcTesting.StreamingOutputCallRequest>,
    responses: ResponseWriter<GrpcTesting.StreamingOutputCallResponse>, context: ServerContext
  ) async throws {
    try EchoMetadata.echo(context)
    context.compressResponses(with: .gzip)
    var wanted: [GrpcTesting.ResponseParameters] = []
    for try await request in requests {
      try fail(with: request.responseStatus)
      guard wanted.count + request.responseParameters.count <= Self.maximumResponses else {
        throw RPCError(code: .resourceExhausted, message: "asked for more than \(Self.maximumResponses) responses")
      }
      wanted += request.responseParameters
    }
    for wanted in wanted { try await send(wanted, to: responses) }
  }

  package func unimplementedCall(
    _ request: GrpcTesting.Empty, context: ServerContext
  ) async throws -> GrpcTesting.Empty {
    throw RPCError(code: .unimplemented, message: "no server implements this method")
  }

  // MARK: Parts

  /// The largest payload that a request may ask for.
  static let maximumPayloadBytes = 64 * 1024 * 1024
  /// The most responses that a half-duplex call keeps in mind.
  static let maximumResponses = 100_000

  private static func payload(_ size: Int32) throws(RPCError) -> GrpcTesting.Payload {
    guard (0...maximumPayloadBytes).contains(Int(size)) else {
      throw RPCError(code: .invalidArgument, message: "response size must be 0 to \(maximumPayloadBytes) bytes")
    }
    return GrpcTesting.Payload(body: [UInt8](repeating: 0, count: Int(size)))
  }

  private func send(
    _ wanted: GrpcTesting.ResponseParameters, to responses: ResponseWriter<GrpcTesting.StreamingOutputCallResponse>
  ) async throws {
    if wanted.intervalUs > 0 { try await Task.sleep(for: .microseconds(Int64(wanted.intervalUs))) }
    try await responses.write(
      GrpcTesting.StreamingOutputCallResponse(payload: try Self.payload(wanted.size)),
      compress: wanted.compressed?.value == true)
  }

  private func fail(with status: GrpcTesting.EchoStatus?) throws(RPCError) {
    guard let status, status.code != 0 else { return }
    throw RPCError(code: RPCError.Code(rawValue: UInt8(clamping: status.code)), message: status.message)
  }

  private func checkCompression(_ expected: GrpcTesting.BoolValue?, _ context: ServerContext) throws(RPCError) {
    guard let expected, expected.value != context.lastRequestWasCompressed else { return }
    throw RPCError(
      code: .invalidArgument,
      message: "expected \(expected.value ? "a compressed" : "an uncompressed") request message, got the other kind")
  }
}
