internal import HTTPTransport

/// Response heads and trailers, made once where they do not vary.
enum ResponseHead {
  static let plain: HeaderBlock = {
    var block = HeaderBlock()
    block.append(":status", "200")
    block.append("content-type", "application/grpc")
    block.append("grpc-accept-encoding", CompressionSet.all.acceptEncoding)
    return block
  }()

  static let trailersOnly: HeaderBlock = {
    var block = HeaderBlock()
    block.append(":status", "200")
    block.append("content-type", "application/grpc")
    return block
  }()

  static let okTrailers: HeaderBlock = {
    var block = HeaderBlock()
    block.append("grpc-status", "0")
    return block
  }()

  /// Appends `grpc-status`, `grpc-message` and trailing metadata.
  static func appendStatus(_ error: RPCError?, trailing: Metadata?, to block: inout HeaderBlock) {
    block.append("grpc-status", (error?.code ?? .ok).grpcStatus)
    if let error {
      if !error.message.isEmpty { block.append("grpc-message", StatusMessage.encode(error.message)) }
      error.metadata.append(to: &block)
    }
    trailing?.append(to: &block)
  }
}
