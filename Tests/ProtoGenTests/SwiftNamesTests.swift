import Testing

@testable import ProtoGen

@Suite("Swift names")
struct SwiftNamesTests {
  @Test(
    "A package becomes a namespace without the project's own prefix",
    arguments: [
      ("fiyatradari.catalog.v1", "CatalogV1"), ("grpc.health.v1", "GrpcHealthV1"), ("grpc.testing", "GrpcTesting"),
      ("google.protobuf", "GoogleProtobuf"), ("grpc.reflection.v1alpha", "GrpcReflectionV1alpha"),
      ("fiyatradari", "Fiyatradari"), ("price_feed.v2", "PriceFeedV2"), ("", "Unpackaged"),
    ])
  func namespaces(_ package: String, _ name: String) {
    #expect(SwiftNames.namespace(package) == name)
  }

  @Test(
    "Fields and methods become lowerCamelCase",
    arguments: [
      ("page_size", "pageSize"), ("UnaryCall", "unaryCall"), ("_x", "x"), ("URL", "url"), ("HTTPPort", "httpPort"),
      ("self", "self_"), ("unknown_fields", "unknownFields_"), ("a1_b2", "a1B2"), ("Check", "check"),
    ])
  func members(_ proto: String, _ name: String) {
    #expect(SwiftNames.member(proto) == name)
  }

  @Test("Keywords are quoted, type names that Swift uses are changed")
  func keywords() {
    #expect(SwiftNames.quoted("default") == "`default`")
    #expect(SwiftNames.quoted("price") == "price")
    #expect(SwiftNames.type("Any") == "AnyMessage")
    #expect(SwiftNames.type("String") == "StringMessage")
    #expect(SwiftNames.type("match_rule") == "MatchRule")
    #expect(SwiftNames.oneofCase("none") == "none_")
  }

  @Test("Enum values lose the enum's name, unless a digit would come first")
  func values() {
    let names = ["LEVEL_UNSPECIFIED", "LEVEL_2D", "OTHER", "LEVEL_NONE"]
    let level = ProtoEnum(
      name: "Level", fullName: "p.Level", comment: "",
      values: names.enumerated().map { ProtoEnum.Value(name: $1, number: Int32($0), comment: "") })
    #expect(SwiftNames.values(of: level) == ["unspecified", "level2d", "other", "none_"])
    let camel = ProtoEnum(
      name: "ServingStatus", fullName: "p.ServingStatus", comment: "",
      values: [ProtoEnum.Value(name: "SERVING_STATUS_OK", number: 0, comment: "")])
    #expect(SwiftNames.values(of: camel) == ["ok"])
  }

  @Test("C names follow protoc-c")
  func cNames() {
    #expect(CNames.type("a.b.v1.Empty_") == "A__B__V1__Empty")
    #expect(CNames.lower("a.b.v1.M.MpEntry") == "a__b__v1__m__mp_entry")
    #expect(CNames.member("Mixed_caseName") == "mixed_casename")
    #expect(CNames.member("class") == "class_")
  }
}
