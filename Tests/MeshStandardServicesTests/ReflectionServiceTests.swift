import MeshMessages
import MeshRPC
import MeshStandardServices
import ProtobufBridge
import Testing

/// Both versions of the service, which differ in their package alone.
@Suite(.timeLimit(.minutes(1)))
struct ReflectionServiceTests {
  private static let health = HealthService(HealthRegistry()).definition

  /// Asks v1 these questions on one stream.
  private func ask(
    _ questions: [GrpcReflectionV1.ServerReflectionRequest.MessageRequest]
  ) async throws -> [GrpcReflectionV1.ServerReflectionResponse] {
    var answers: [GrpcReflectionV1.ServerReflectionResponse] = []
    let services = [Self.health] + ReflectionService.definitions(describing: [Self.health])
    try await withChannel(services) { channel in
      let client = GrpcReflectionV1.ServerReflection.Client(channel)
      answers = try await client.serverReflectionInfo { requests, responses in
        var responses = responses.makeAsyncIterator()
        var answers: [GrpcReflectionV1.ServerReflectionResponse] = []
        for question in questions {
          var request = GrpcReflectionV1.ServerReflectionRequest(host: "h")
          request.messageRequest = question
          try await requests.write(request)
          let answer = try #require(try await responses.next())
          #expect(answer.validHost == "h")
          #expect(answer.originalRequest == request)
          answers.append(answer)
        }
        requests.finish()
        #expect(try await responses.next() == nil)
        return answers
      }
    }
    return answers
  }

  private func files(_ answer: GrpcReflectionV1.ServerReflectionResponse) -> [[UInt8]] {
    guard case .fileDescriptorResponse(let response) = answer.messageResponse else { return [] }
    return response.fileDescriptorProto
  }

  private func bytes(_ name: String) throws -> [UInt8] {
    try #require(FileDescriptor.all.first { $0.name == name }).bytes
  }

  @Test("The services that are registered are listed, reflection's own among them")
  func listServices() async throws {
    let answer = try await ask([.listServices("")])[0]
    guard case .listServicesResponse(let response) = answer.messageResponse else {
      Issue.record("another kind of answer")
      return
    }
    #expect(
      response.service.map(\.name) == [
        "grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection", "grpc.reflection.v1alpha.ServerReflection",
      ])
  }

  @Test(
    "A file is found by its name and by what it declares",
    arguments: [
      .fileByFilename("grpc/health/v1/health.proto"), .fileContainingSymbol("grpc.health.v1.Health"),
      .fileContainingSymbol("grpc.health.v1.Health.Watch"),
      .fileContainingSymbol("grpc.health.v1.HealthCheckResponse"),
      .fileContainingSymbol("grpc.health.v1.HealthCheckResponse.ServingStatus"),
      .fileContainingSymbol("grpc.health.v1.HealthCheckResponse.status"),
      .fileContainingSymbol("grpc.health.v1.HealthCheckResponse.SERVING"),
    ] as [GrpcReflectionV1.ServerReflectionRequest.MessageRequest])
  func find(_ question: GrpcReflectionV1.ServerReflectionRequest.MessageRequest) async throws {
    #expect(files(try await ask([question])[0]) == [try bytes("grpc/health/v1/health.proto")])
  }

  @Test("A file comes with what it imports, but what a stream has carried is not sent again")
  func dependencies() async throws {
    let answers = try await ask([
      .fileContainingSymbol("grpc.testing.TestService"), .fileByFilename("grpc/testing/test.proto"),
      .fileByFilename("grpc/testing/empty.proto"),
    ])
    let test = try bytes("grpc/testing/test.proto")
    let empty = try bytes("grpc/testing/empty.proto")
    #expect(files(answers[0]) == [test, empty, try bytes("grpc/testing/messages.proto")])
    #expect(files(answers[1]) == [test])
    #expect(files(answers[2]) == [empty])
  }

  @Test(
    "What is not there is answered by NOT_FOUND, and the stream goes on",
    arguments: [
      .fileByFilename("no/such.proto"), .fileContainingSymbol("no.such.Thing"),
      .allExtensionNumbersOfType("no.such.Type"),
      .fileContainingExtension(.init(containingType: "grpc.testing.Empty", extensionNumber: 1)),
    ] as [GrpcReflectionV1.ServerReflectionRequest.MessageRequest])
  func notFound(_ question: GrpcReflectionV1.ServerReflectionRequest.MessageRequest) async throws {
    let answers = try await ask([question, .listServices("")])
    guard case .errorResponse(let error) = answers[0].messageResponse else {
      Issue.record("another kind of answer")
      return
    }
    #expect(error.errorCode == 5)
    #expect(!error.errorMessage.isEmpty)
  }

  @Test("A known type has no extensions")
  func extensionNumbers() async throws {
    let answer = try await ask([.allExtensionNumbersOfType("grpc.testing.Empty")])[0]
    #expect(answer.messageResponse == .allExtensionNumbersResponse(.init(baseTypeName: "grpc.testing.Empty")))
  }

  @Test("An empty question is INVALID_ARGUMENT")
  func emptyQuestion() async throws {
    try await withChannel(ReflectionService.definitions(describing: [])) { channel in
      let error = try await status {
        try await GrpcReflectionV1.ServerReflection.Client(channel).serverReflectionInfo { requests, responses in
          try await requests.write(.init())
          for try await _ in responses {}
        }
      }
      #expect(error?.code == .invalidArgument)
    }
  }

  @Test("v1alpha gives the same answers")
  func v1alpha() async throws {
    let questions:
      [(
        GrpcReflectionV1alpha.ServerReflectionRequest.MessageRequest,
        GrpcReflectionV1.ServerReflectionRequest.MessageRequest
      )] = [
        (.listServices(""), .listServices("")),
        (.fileByFilename("grpc/health/v1/health.proto"), .fileByFilename("grpc/health/v1/health.proto")),
        (.fileContainingSymbol("grpc.testing.TestService"), .fileContainingSymbol("grpc.testing.TestService")),
        (.allExtensionNumbersOfType("grpc.testing.Empty"), .allExtensionNumbersOfType("grpc.testing.Empty")),
        (.fileContainingExtension(.init()), .fileContainingExtension(.init())),
      ]
    let wanted = try await ask(questions.map(\.1))
    let services = [Self.health] + ReflectionService.definitions(describing: [Self.health])
    try await withChannel(services) { channel in
      try await GrpcReflectionV1alpha.ServerReflection.Client(channel).serverReflectionInfo { requests, responses in
        var responses = responses.makeAsyncIterator()
        for (index, question) in questions.enumerated() {
          var request = GrpcReflectionV1alpha.ServerReflectionRequest(host: "h")
          request.messageRequest = question.0
          try await requests.write(request)
          let answer = try #require(try await responses.next())
          // The two versions have the same bytes on the wire.
          #expect(try answer.serializedBytes() == wanted[index].serializedBytes())
        }
      }
    }
  }
}
