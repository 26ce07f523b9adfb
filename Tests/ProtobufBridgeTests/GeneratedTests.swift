import MeshMessages
import MeshRPC
import ProtobufBridge
import Testing

@Suite("Generated code")
struct GeneratedTests {
  @Test("Enums keep unknown numbers and know their names")
  func enums() {
    #expect(TestingV1.Color.red.name == "COLOR_RED")
    #expect(TestingV1.Color(rawValue: 77).name == nil)
    #expect(TestingV1.Color(rawValue: 77).description == "77")
    #expect(TestingV1.Level.low == TestingV1.Level.bottom)
    #expect(TestingV1.Level.level2d.rawValue == 2)
    #expect(TestingV1.Level.default.rawValue == 3)
    #expect(TestingV1.Color.named.map(\.rawValue) == [0, 1, 2, -4])
  }

  @Test("Values are built by initialiser or in place")
  func construction() {
    let message = TestingV1.Price.with { $0.units = 5 }
    #expect(message == TestingV1.Price(units: 5))
    #expect(TestingV1.Price.fullName == "fiyatradari.testing.v1.Price")
  }

  @Test("Copies of a recursive message do not share changes")
  func boxes() {
    let first = TestingV1.Tree(left: .init(label: "a"))
    var second = first
    second.left?.label = "b"
    #expect(first.left?.label == "a")
    #expect(second.left?.label == "b")
    #expect(first != second)
  }

  @Test("Methods tell whether a call may be repeated")
  func methods() {
    #expect(GrpcTesting.TestService.Methods.cacheableUnaryCall.descriptor.isIdempotent)
    #expect(!GrpcTesting.TestService.Methods.unaryCall.descriptor.isIdempotent)
    #expect(BenchV1.Echo.Methods.unary.descriptor.isIdempotent)
    #expect(GrpcTesting.TestService.Methods.fullDuplexCall.descriptor.kind == .bidirectionalStreaming)
    #expect(GrpcReflectionV1alpha.ServerReflection.name == "grpc.reflection.v1alpha.ServerReflection")
  }

  @Test("Every file's descriptor is there, with its services and its imports")
  func descriptors() throws {
    let files = Dictionary(uniqueKeysWithValues: FileDescriptor.all.map { ($0.name, $0) })
    let test = try #require(files["grpc/testing/test.proto"])
    #expect(test.services == ["grpc.testing.TestService", "grpc.testing.UnimplementedService"])
    #expect(test.symbols.contains("grpc.testing.TestService.UnaryCall"))
    for file in FileDescriptor.all {
      for dependency in file.dependencies { #expect(files[dependency] != nil, "\(dependency) is missing") }
      // Field 1 of FileDescriptorProto is the file's name.
      let name = Array(file.name.utf8)
      #expect(file.bytes.starts(with: [0x0a, UInt8(name.count)] + name))
    }
  }

  @Test("Layouts know maps, oneofs and JSON names")
  func layouts() throws {
    let maps = try #require(Layouts.table["fiyatradari.testing.v1.Maps"])
    #expect(!maps.fields.contains { !$0.isMap })
    let choices = TestingV1.Choices.layout
    #expect(choices.field(1)?.cardinality == .oneof)
    #expect(TestingV1.Names.layout.field(8)?.jsonName == "@custom")
    #expect(TestingV1.Lists.layout.field(536_870_911)?.name == "far_values")
    #expect(TestingV1.Lists.layout.field(18)?.isPacked == false)
    #expect(choices.field(9999) == nil)
  }
}
