import ProtobufBridge

/// A message as one line of proto3 JSON.
enum JSONLine {
  /// - Throws: `ProtobufError`.
  static func text(_ message: some ProtobufMessage) throws -> String {
    String(decoding: try message.jsonBytes(), as: UTF8.self)
  }
}
