internal import MeshMessages
internal import MeshRPC

/// `grpc.reflection.v1alpha.ServerReflection`.
struct ReflectionV1alphaHandler: GrpcReflectionV1alpha.ServerReflection.Handler {
  let catalog: ReflectionCatalog

  func serverReflectionInfo(
    _ requests: RequestStream<GrpcReflectionV1alpha.ServerReflectionRequest>,
    responses: ResponseWriter<GrpcReflectionV1alpha.ServerReflectionResponse>, context: ServerContext
  ) async throws {
    var sent: Set<String> = []
    for try await request in requests {
      guard let question = request.messageRequest.map(ReflectionCatalog.Question.init) else {
        throw RPCError(code: .invalidArgument, message: "message_request is not set: ask for something")
      }
      let answer = catalog.answer(question, sent: &sent)
      var response = GrpcReflectionV1alpha.ServerReflectionResponse()
      response.validHost = request.host
      response.originalRequest = request
      response.messageResponse = .init(answer)
      try await responses.write(response)
    }
  }
}

extension ReflectionCatalog.Question {
  fileprivate init(_ request: GrpcReflectionV1alpha.ServerReflectionRequest.MessageRequest) {
    switch request {
    case .fileByFilename(let name): self = .file(name: name)
    case .fileContainingSymbol(let symbol): self = .fileContaining(symbol: symbol)
    case .fileContainingExtension: self = .fileContainingExtension
    case .allExtensionNumbersOfType(let type): self = .extensionNumbers(ofType: type)
    case .listServices: self = .services
    }
  }
}

extension GrpcReflectionV1alpha.ServerReflectionResponse.MessageResponse {
  fileprivate init(_ answer: ReflectionCatalog.Answer) {
    switch answer {
    case .files(let files): self = .fileDescriptorResponse(.init(fileDescriptorProto: files))
    case .noExtensions(let type): self = .allExtensionNumbersResponse(.init(baseTypeName: type))
    case .services(let names): self = .listServicesResponse(.init(service: names.map { .init(name: $0) }))
    case .error(let code, let message):
      self = .errorResponse(.init(errorCode: Int32(code.rawValue), errorMessage: message))
    }
  }
}
