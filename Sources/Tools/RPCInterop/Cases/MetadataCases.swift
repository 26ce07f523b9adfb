internal import MeshMessages
internal import MeshRPC

/// Metadata there and back.
enum MetadataCases {
  private static let initial = "test_initial_metadata_value"
  private static let trailing: [UInt8] = [0xAB, 0xAB, 0xAB]

  static func custom(_ channel: any RPCClient) async throws {
    var options = CallOptions()
    try options.metadata.append(initial, for: EchoMetadata.initialKey)
    try options.metadata.append(binary: trailing, for: EchoMetadata.trailingKey)

    let unary = try await channel.unaryResponse(
      GrpcTesting.TestService.Methods.unaryCall, UnaryCases.request, options: options)
    try UnaryCases.check(unary.message)
    try check(unary.initialMetadata, unary.trailingMetadata)

    let request = StreamingCases.exchange(UnaryCases.requestSize, UnaryCases.responseSize)
    try await GrpcTesting.TestService.Client(channel).fullDuplexCall(options: options) { requests, responses in
      try await requests.write(request)
      requests.finish()
      var sizes: [Int] = []
      for try await response in responses { sizes.append(response.payload?.body.count ?? 0) }
      try Expect.equal(sizes, [UnaryCases.responseSize], "sizes of the responses")
      try check(try await responses.initialMetadata, try await responses.trailingMetadata)
    }
  }

  private static func check(_ first: Metadata, _ last: Metadata) throws(InteropFailure) {
    try Expect.equal(first[EchoMetadata.initialKey], initial, "initial metadata")
    try Expect.equal(last[binary: EchoMetadata.trailingKey], trailing, "trailing metadata")
  }
}
