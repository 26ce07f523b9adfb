internal import MeshMessages

extension GoogleProtobuf.Duration {
  /// Rounded towards zero.
  var milliseconds: Int64 { seconds * 1000 + Int64(nanos) / 1_000_000 }
}

extension Duration {
  /// Rounded towards zero.
  var wholeMilliseconds: Int64 { components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000 }
}
