// Stands in for the RPC runtime until that is merged: declarations only, so that generated stubs compile. Delete it then.
package import ProtobufBridge

package struct ServerContext: Sendable {}
package struct CallOptions: Sendable { package init() {} }
package struct RequestStream<Message: ProtobufMessage>: Sendable {}
package struct ResponseStream<Message: ProtobufMessage>: Sendable {}
package struct RequestWriter<Message: ProtobufMessage>: Sendable {}
package struct ResponseWriter<Message: ProtobufMessage>: Sendable {}
package struct UnaryResponse<Message: ProtobufMessage>: Sendable {}

package enum RPCMethodKind: Sendable { case unary, clientStreaming, serverStreaming, bidirectionalStreaming }

package struct RPCMethod<Request: ProtobufMessage, Response: ProtobufMessage>: Sendable {
  package let path: String
  package let kind: RPCMethodKind
  package let isIdempotent: Bool

  package init(service: String, name: String, kind: RPCMethodKind, isIdempotent: Bool) {
    path = "/\(service)/\(name)"
    self.kind = kind
    self.isIdempotent = isIdempotent
  }
}

package struct ServiceDefinition: Sendable {
  package let name: String
  package let methods: [MethodHandler]

  package init(name: String, methods: [MethodHandler]) {
    self.name = name
    self.methods = methods
  }
}

package struct MethodHandler: Sendable {
  package let path: String

  package static func unary<Q, R>(
    _ method: RPCMethod<Q, R>, _ handle: @escaping @Sendable (Q, ServerContext) async throws -> R
  ) -> MethodHandler { MethodHandler(path: method.path) }

  package static func serverStreaming<Q, R>(
    _ method: RPCMethod<Q, R>, _ handle: @escaping @Sendable (Q, ResponseWriter<R>, ServerContext) async throws -> Void
  ) -> MethodHandler { MethodHandler(path: method.path) }

  package static func clientStreaming<Q, R>(
    _ method: RPCMethod<Q, R>, _ handle: @escaping @Sendable (RequestStream<Q>, ServerContext) async throws -> R
  ) -> MethodHandler { MethodHandler(path: method.path) }

  package static func bidirectionalStreaming<Q, R>(
    _ method: RPCMethod<Q, R>,
    _ handle: @escaping @Sendable (RequestStream<Q>, ResponseWriter<R>, ServerContext) async throws -> Void
  ) -> MethodHandler { MethodHandler(path: method.path) }
}

package protocol RPCClient: Sendable {
  func unary<Q, R>(_ method: RPCMethod<Q, R>, _ request: Q, options: CallOptions) async throws -> R

  func unaryResponse<Q, R>(
    _ method: RPCMethod<Q, R>, _ request: Q, options: CallOptions
  ) async throws -> UnaryResponse<R>

  func serverStreaming<Q, R, T>(
    _ method: RPCMethod<Q, R>, _ request: Q, options: CallOptions, _ body: (ResponseStream<R>) async throws -> T
  ) async throws -> T

  func clientStreaming<Q, R>(
    _ method: RPCMethod<Q, R>, options: CallOptions,
    _ send: @escaping @Sendable (RequestWriter<Q>) async throws -> Void
  ) async throws -> R

  func bidirectionalStreaming<Q, R, T>(
    _ method: RPCMethod<Q, R>, options: CallOptions,
    _ body: (RequestWriter<Q>, ResponseStream<R>) async throws -> T
  ) async throws -> T
}
