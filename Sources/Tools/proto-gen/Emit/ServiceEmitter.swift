/// Writes the stubs of one service: method descriptions, the protocol that a server implements, the client.
struct ServiceEmitter {
  let schema: Schema
  let service: ProtoService

  private struct Names {
    let method: ProtoService.Method
    let name: String
    let request: String
    let response: String

    init(_ method: ProtoService.Method, _ schema: Schema) throws(GenerationError) {
      self.method = method
      name = SwiftNames.quoted(SwiftNames.member(method.name))
      request = try schema.swiftType(.message(method.input))
      response = try schema.swiftType(.message(method.output))
    }

    var kind: String {
      switch (method.streamsRequests, method.streamsResponses) {
      case (false, false): "unary"
      case (true, false): "clientStreaming"
      case (false, true): "serverStreaming"
      case (true, true): "bidirectionalStreaming"
      }
    }
  }

  func emit(into source: inout SourceText) throws {
    var methods: [Names] = []
    for method in service.methods { methods.append(try Names(method, schema)) }
    source.comment(service.comment, fallback: "`\(service.fullName)`.")
    source.block("package enum \(SwiftNames.type(service.name))") { source in
      source.line("/// The service's full name, the first part of each method's path.")
      source.line("package static let name = \"\(service.fullName)\"")
      source.line()
      emitMethods(methods, into: &source)
      source.line()
      emitHandler(methods, into: &source)
      source.line()
      emitDefinition(methods, into: &source)
      source.line()
      emitClient(methods, into: &source)
    }
  }

  private func emitMethods(_ methods: [Names], into source: inout SourceText) {
    source.line("/// The methods' names, kinds and types.")
    source.block("package enum Methods") { source in
      for method in methods {
        source.line("package static let \(method.name) = RPCMethod<\(method.request), \(method.response)>(")
        source.indented { source in
          source.line("service: \"\(service.fullName)\", name: \"\(method.method.name)\", kind: .\(method.kind),")
          source.line("isIdempotent: \(method.method.isIdempotent))")
        }
      }
    }
  }

  private func emitHandler(_ methods: [Names], into source: inout SourceText) {
    source.line("/// What a server of this service implements.")
    source.block("package protocol Handler: Sendable") { source in
      for (index, method) in methods.enumerated() {
        if index > 0 { source.line() }
        source.comment(method.method.comment)
        let input =
          method.method.streamsRequests
          ? "_ requests: RequestStream<\(method.request)>" : "_ request: \(method.request)"
        if method.method.streamsResponses {
          source.line("func \(method.name)(")
          source.indented { source in
            source.line("\(input), responses: ResponseWriter<\(method.response)>, context: ServerContext")
          }
          source.line(") async throws")
        } else {
          source.line("func \(method.name)(\(input), context: ServerContext) async throws -> \(method.response)")
        }
      }
    }
  }

  private func emitDefinition(_ methods: [Names], into source: inout SourceText) {
    source.line("/// The service as a server registers it.")
    source.block("package static func definition(_ handler: some Handler) -> ServiceDefinition") { source in
      source.line("ServiceDefinition(")
      source.indented { source in
        source.line("name: name,")
        source.line("methods: [")
        source.indented { source in
          for method in methods {
            let call =
              method.method.streamsResponses
              ? "try await handler.\(method.name)($0, responses: $1, context: $2)"
              : "try await handler.\(method.name)($0, context: $1)"
            source.line(".\(method.kind)(Methods.\(method.name)) { \(call) },")
          }
        }
        source.line("])")
      }
    }
  }

  private func emitClient(_ methods: [Names], into source: inout SourceText) {
    source.line("/// Calls the service over a channel.")
    source.block("package struct Client: Sendable") { source in
      source.line("private let channel: any RPCClient")
      source.line()
      source.line("package init(_ channel: any RPCClient) { self.channel = channel }")
      for method in methods {
        source.line()
        source.comment(method.method.comment)
        emitCall(method, into: &source)
      }
    }
  }

  private func emitCall(_ method: Names, into source: inout SourceText) {
    let reference = "Methods.\(method.name)"
    switch (method.method.streamsRequests, method.method.streamsResponses) {
    case (false, false):
      source.line("package func \(method.name)(")
      source.line("  _ request: \(method.request), options: CallOptions = CallOptions()")
      source.block(") async throws -> \(method.response)") { source in
        source.line("try await channel.unary(\(reference), request, options: options)")
      }
    case (false, true):
      source.line("package func \(method.name)<Result>(")
      source.line("  _ request: \(method.request), options: CallOptions = CallOptions(),")
      source.line("  _ body: (ResponseStream<\(method.response)>) async throws -> Result")
      source.block(") async throws -> Result") { source in
        source.line("try await channel.serverStreaming(\(reference), request, options: options, body)")
      }
    case (true, false):
      source.line("package func \(method.name)(")
      source.line("  options: CallOptions = CallOptions(),")
      source.line("  _ send: @escaping @Sendable (RequestWriter<\(method.request)>) async throws -> Void")
      source.block(") async throws -> \(method.response)") { source in
        source.line("try await channel.clientStreaming(\(reference), options: options, send)")
      }
    case (true, true):
      source.line("package func \(method.name)<Result>(")
      source.line("  options: CallOptions = CallOptions(),")
      source.line(
        "  _ body: (RequestWriter<\(method.request)>, ResponseStream<\(method.response)>) async throws -> Result")
      source.block(") async throws -> Result") { source in
        source.line("try await channel.bidirectionalStreaming(\(reference), options: options, body)")
      }
    }
  }
}
