internal import MeshRPC

/// The metadata that the test service sends back.
enum EchoMetadata {
  /// Comes back as initial metadata.
  static let initialKey = "x-grpc-test-echo-initial"
  /// Comes back as trailing metadata.
  static let trailingKey = "x-grpc-test-echo-trailing-bin"

  static func echo(_ context: ServerContext) throws {
    let metadata = context.metadata
    if let value = metadata[initialKey] {
      try context.addInitialMetadata(try Metadata([(key: initialKey, value: value)]))
    }
    if let value = metadata[binary: trailingKey] {
      var trailing = Metadata()
      try trailing.append(binary: value, for: trailingKey)
      context.addTrailingMetadata(trailing)
    }
  }
}
