import MeshMessages
import MeshRPC

/// Methods of every kind, for handlers that a test makes up.
enum Probe {
  typealias Message = BenchV1.EchoMessage

  static let service = "test.Probe"
  static let unary = method("Unary", .unary)
  /// May be called twice.
  static let repeatable = method("Repeatable", .unary, isIdempotent: true)
  static let repeatableStream = method("RepeatableStream", .serverStreaming, isIdempotent: true)
  static let clientStreaming = method("ClientStreaming", .clientStreaming)
  static let serverStreaming = method("ServerStreaming", .serverStreaming)
  static let bidirectional = method("Bidirectional", .bidirectionalStreaming)

  private static func method(
    _ name: String, _ kind: RPCMethodKind, isIdempotent: Bool = false
  ) -> RPCMethod<Message, Message> {
    RPCMethod(service: service, name: name, kind: kind, isIdempotent: isIdempotent)
  }

  /// Answers `unary` with its request.
  static let echo = MethodHandler.unary(unary) { request, _ in request }

  /// Answers `unary` with this text.
  static func named(_ name: String) -> MethodHandler { .unary(unary) { _, _ in text(name) } }

  static func text(_ text: String) -> Message { Message(payload: Array(text.utf8)) }
  static func zeros(_ count: Int) -> Message { Message(payload: [UInt8](repeating: 0, count: count)) }
}

extension Probe.Message {
  var text: String { String(decoding: payload, as: UTF8.self) }
}

extension RPCClient {
  /// Calls `Probe.unary`.
  func probe(_ text: String = "", options: CallOptions = CallOptions()) async throws -> String {
    try await unary(Probe.unary, Probe.text(text), options: options).text
  }
}

/// The error that `body` throws as a status; nil when it throws none.
func status(_ body: () async throws -> Void) async throws -> RPCError? {
  do {
    try await body()
    return nil
  } catch let error as RPCError {
    return error
  }
}
