package import ProtobufBridge

/// Which side of a call sends one message and which a stream of them.
package enum RPCMethodKind: Sendable, Hashable {
  case unary
  case clientStreaming
  case serverStreaming
  case bidirectionalStreaming

  /// Whether the request is exactly one message.
  package var hasSingleRequest: Bool { self == .unary || self == .serverStreaming }
  /// Whether the response is exactly one message.
  package var hasSingleResponse: Bool { self == .unary || self == .clientStreaming }
}

/// Which method a call is for, without its message types.
package struct MethodDescriptor: Sendable, Hashable {
  /// The service's full name: `grpc.health.v1.Health`.
  package let service: String
  /// The method's name: `Check`.
  package let name: String
  package let kind: RPCMethodKind
  /// Whether calling it twice does no more than calling it once (`idempotency_level`), so that a call that may have
  /// reached the server can be tried again.
  package let isIdempotent: Bool
  /// `/service/name`, as on the wire.
  package let path: String

  package init(service: String, name: String, kind: RPCMethodKind, isIdempotent: Bool = false) {
    self.service = service
    self.name = name
    self.kind = kind
    self.isIdempotent = isIdempotent
    path = "/\(service)/\(name)"
  }
}

/// A method of a contract. Generated stubs hold one for each.
package struct RPCMethod<Request: ProtobufMessage, Response: ProtobufMessage>: Sendable {
  package let descriptor: MethodDescriptor

  package init(service: String, name: String, kind: RPCMethodKind, isIdempotent: Bool) {
    descriptor = MethodDescriptor(service: service, name: name, kind: kind, isIdempotent: isIdempotent)
  }

  fileprivate init(_ descriptor: MethodDescriptor) { self.descriptor = descriptor }

  /// The same method for a caller that reads the answer as another type of the same form on the wire.
  package func answering<Other: ProtobufMessage>(_ type: Other.Type) -> RPCMethod<Request, Other> {
    RPCMethod<Request, Other>(descriptor)
  }
}
