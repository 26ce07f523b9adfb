internal import MeshMessages

extension GatewayRequest {
  /// Which part of a list is wanted.
  ///
  /// - Throws: `Problem`.
  func page() throws -> CommonV1.Page {
    CommonV1.Page(
      size: UInt32(try value(CommonParameters.limit) ?? 20), token: try value(CommonParameters.pageToken) ?? "")
  }
}
