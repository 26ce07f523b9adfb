import Testing

@testable import MeshRPC

@Suite("Content type")
struct ContentTypeTests {
  @Test(
    "gRPC's media types are recognised",
    arguments: [
      ("application/grpc", ContentType.grpc), ("application/grpc;charset=utf-8", .grpc),
      ("application/grpc ; a=b", .grpc),
      ("Application/GRPC", .grpc), ("application/grpc;", .grpc), ("application/grpc+proto", .grpcProto),
      ("application/grpc+Proto; v=1", .grpcProto), ("application/grpc ", .grpc),
    ])
  func supported(value: String, type: ContentType) {
    #expect(ContentType(value) == type)
  }

  @Test(
    "Other media types are not",
    arguments: [
      "", "application", "application/json", "application/grp", "application/grpc-web", "application/grpc-web+proto",
      "application/grpc+json", "application/grpc+protobuf", "application/grpc+", "application/grpcx",
      " application/grpc",
      "application/grpc proto", "application/grpc,application/json", "text/html", "application/grpc+prot",
    ])
  func unsupported(value: String) {
    #expect(ContentType(value) == nil)
  }

  @Test("What is sent is recognised", arguments: [ContentType.grpc, .grpcProto])
  func fieldValue(type: ContentType) {
    #expect(ContentType("\(type.fieldValue)") == type)
  }
}
