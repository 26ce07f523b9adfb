import Testing

@testable import ProtoGen

@Suite("Generation")
struct GeneratorTests {
  private func field(
    _ name: String, _ number: Int32, _ type: ProtoType, isRepeated: Bool = false, oneof: Int? = nil
  ) -> ProtoField {
    ProtoField(
      name: name, number: number, jsonName: name, type: type, isRepeated: isRepeated, oneof: oneof,
      isDeprecated: false, comment: "")
  }

  private func message(_ name: String, _ fields: [ProtoField], oneofs: [String] = []) -> ProtoMessage {
    ProtoMessage(
      name: name, fullName: "shop.v1.\(name)", comment: " A \(name).\n", fields: fields,
      oneofs: oneofs.map { ProtoOneof(name: $0, comment: "") }, messages: [], enums: [], isMapEntry: false)
  }

  private func file(_ messages: [ProtoMessage], services: [ProtoService] = []) -> ProtoFile {
    ProtoFile(
      name: "shop/v1/shop.proto", package: "shop.v1", dependencies: [], messages: messages, enums: [],
      services: services, descriptor: [1, 2, 3])
  }

  private func swift(_ messages: [ProtoMessage]) throws -> String {
    let outputs = try Generator.generate([file(messages)])
    return try #require(outputs.first { $0.path == "Swift/Messages/shop.v1.shop.pb.swift" }).text
  }

  @Test("Bytes that are no descriptor set are refused")
  func garbage() {
    #expect(throws: GenerationError.self) { try DescriptorSet([0xff, 0xff]) }
  }

  @Test("A proto2 file is refused with its name")
  func proto2() throws {
    // FileDescriptorSet { file { name: "old.proto" } }: without a syntax a file is proto2.
    let set = try DescriptorSet([0x0a, 11, 0x0a, 9] + Array("old.proto".utf8))
    #expect {
      try set.files()
    } throws: { error in
      (error as? GenerationError)?.description.hasPrefix("old.proto: ") == true
    }
  }

  @Test("The same input gives the same files, whatever its order")
  func deterministic() throws {
    var other = file([message("Other", [])])
    other.name = "shop/v1/other.proto"
    let one = file([message("Item", [field("id", 1, .int64)])])
    #expect(try Generator.generate([one, other]) == Generator.generate([other, one]))
  }

  @Test("A message becomes a struct with its comment and an initialiser with defaults")
  func structs() throws {
    let text = try swift([
      message("Item", [field("page_size", 1, .int32), field("tags", 2, .string, isRepeated: true)])
    ])
    #expect(text.hasPrefix("// swift-format-ignore-file\n"))
    #expect(text.contains("  /// A Item.\n  package struct Item: ProtobufMessage {"))
    #expect(text.contains("package var pageSize: Int32 = 0"))
    #expect(text.contains("package var tags: [String] = []"))
    #expect(text.contains("      pageSize: Int32 = 0,\n      tags: [String] = []\n    ) {"))
  }

  @Test("A oneof of one member named after it is an optional property, others are enums")
  func oneofs() throws {
    let text = try swift([
      message(
        "Item",
        [field("a", 1, .int32, oneof: 0), field("b", 2, .int32, oneof: 1), field("c", 3, .bytes, oneof: 1)],
        oneofs: ["_a", "kind"])
    ])
    #expect(text.contains("package var a: Int32? = nil"))
    #expect(text.contains("package var kind: Kind? = nil"))
    #expect(text.contains("package enum Kind: Sendable, Hashable {\n      case b(Int32)\n      case c([UInt8])"))
  }

  @Test("Only fields that lead back to their own message are boxed")
  func recursion() throws {
    let text = try swift([
      message("A", [field("b", 1, .message("shop.v1.B")), field("c", 2, .message("shop.v1.C"))]),
      message("B", [field("a", 1, .message("shop.v1.A")), field("all", 2, .message("shop.v1.B"), isRepeated: true)]),
      message("C", [field("list", 1, .message("shop.v1.A"), isRepeated: true)]),
    ])
    #expect(text.contains("private var boxedB: Box<ShopV1.B>?"))
    #expect(text.contains("private var boxedA: Box<ShopV1.A>?"))
    #expect(text.contains("package var c: ShopV1.C? = nil"))
    #expect(text.contains("package var all: [ShopV1.B] = []"))
  }

  @Test("A type that is not in the set is refused by name")
  func missingType() {
    #expect {
      try swift([message("Item", [field("x", 1, .message("elsewhere.Thing"))])])
    } throws: { error in
      (error as? GenerationError)?.description.contains("elsewhere.Thing") == true
    }
  }

  private func refusal(_ messages: [ProtoMessage]) -> String {
    do {
      _ = try swift(messages)
      return ""
    } catch {
      return "\(error)"
    }
  }

  @Test("A name that protobuf-c's C cannot hold is refused, with what is in its way")
  func namesInC() {
    let number: ProtoType = .int32
    #expect(refusal([message("Item", [field("base", 1, number)])]).contains("shop.v1.Item: field \"base\" would be"))
    #expect(refusal([message("Item", [field("Base", 1, number)])]).contains("field \"Base\""))
    #expect(refusal([message("Item", [field("linux", 1, number)])]).contains("field \"linux\" cannot be"))
    #expect(refusal([message("Item", [field("restrict", 1, number)])]).contains("field \"restrict\" cannot be"))
    #expect(refusal([message("Item", [field("URL", 1, number), field("url", 2, number)])]).contains("\"url\""))
    #expect(refusal([message("Item", [field("int", 1, number), field("int_", 2, number)])]).contains("\"int_\""))
    #expect(
      refusal([message("Item", [field("tags", 1, number, isRepeated: true), field("n_tags", 2, number)])])
        .contains("\"n_tags\""))
    #expect(
      refusal([
        message("Item", [field("a", 1, number, oneof: 0), field("kind_case", 2, number)], oneofs: ["kind"])
      ]).contains("\"kind_case\""))
    #expect(refusal([message("FooBar", []), message("Foo_Bar", [])]).contains("the same name in C"))
    #expect(refusal([message("Item", [field("int", 1, number), field("based", 2, number)])]) == "")
  }

  @Test("Fields, oneofs and enum values are among a file's symbols, values in the scope of their enum")
  func symbols() throws {
    var item = message("Item", [field("id", 1, .int64, oneof: 0)], oneofs: ["key"])
    item.enums = [
      ProtoEnum(
        name: "Kind", fullName: "shop.v1.Item.Kind", comment: "",
        values: [ProtoEnum.Value(name: "KIND_NONE", number: 0, comment: "")])
    ]
    let outputs = try Generator.generate([file([item])])
    let text = try #require(outputs.first { $0.path == "Swift/Messages/FileDescriptors.swift" }).text
    for symbol in ["Item", "Item.id", "Item.key", "Item.Kind", "Item.KIND_NONE"] {
      #expect(text.contains("\"shop.v1.\(symbol)\","))
    }
    #expect(!text.contains("Kind.KIND_NONE"))
  }

  @Test("Stubs have a method for each kind of call")
  func stubs() throws {
    let kinds = [(false, false), (true, false), (false, true), (true, true)]
    let service = ProtoService(
      name: "Shop", fullName: "shop.v1.Shop", comment: "",
      methods: kinds.enumerated().map {
        ProtoService.Method(
          name: "Call\($0)", input: "shop.v1.Item", output: "shop.v1.Item", streamsRequests: $1.0,
          streamsResponses: $1.1, isIdempotent: $0 == 0, comment: "")
      })
    let outputs = try Generator.generate([file([message("Item", [])], services: [service])])
    let text = try #require(outputs.first { $0.path == "Swift/Services/shop.v1.shop.rpc.swift" }).text
    #expect(text.contains("func call0(_ request: ShopV1.Item, context: ServerContext) async throws -> ShopV1.Item"))
    #expect(
      text.contains(
        "func call1(_ requests: RequestStream<ShopV1.Item>, context: ServerContext) async throws -> ShopV1.Item"))
    #expect(text.contains("_ request: ShopV1.Item, responses: ResponseWriter<ShopV1.Item>, context: ServerContext"))
    #expect(text.contains(".bidirectionalStreaming(Methods.call3)"))
    #expect(text.contains("name: \"Call0\", kind: .unary,\n        isIdempotent: true)"))
  }

  @Test("Multi-line comments keep their lines and lose one blank")
  func comments() {
    var source = SourceText()
    source.comment(" First.\n\n   Indented. \n")
    #expect(source.text == "/// First.\n///\n///   Indented.\n")
  }
}
