/// Swift's names for what proto files declare.
enum SwiftNames {
  /// The namespace of a package: `fiyatradari.catalog.v1` is `CatalogV1`, `grpc.testing` is `GrpcTesting`.
  static func namespace(_ package: String) -> String {
    var parts = package.split(separator: ".").map(String.init)
    if parts.count > 1, parts.first == "fiyatradari" { parts.removeFirst() }
    let name = parts.map(upperCamelCase).joined()
    return name.isEmpty ? "Unpackaged" : name
  }

  /// A type's name as it is declared; those that Swift or the generated code use get `Message` behind them.
  static func type(_ name: String) -> String {
    let candidate = upperCamelCase(name)
    return reservedTypes.contains(candidate) ? candidate + "Message" : candidate
  }

  /// A property's or method's name, without the quotes that a keyword needs: see `quoted`.
  static func member(_ name: String) -> String {
    let candidate = lowerCamelCase(name)
    return reservedMembers.contains(candidate) ? candidate + "_" : candidate
  }

  /// The case of a oneof for one of its fields: not a name that `Optional` has, because the oneof is held as one.
  static func oneofCase(_ name: String) -> String {
    let candidate = lowerCamelCase(name)
    return reservedValues.contains(candidate) ? candidate + "_" : candidate
  }

  /// The names of an enum's values in order: without the enum's own name before them, where that leaves an identifier
  /// for each.
  static func values(of enumeration: ProtoEnum) -> [String] {
    let prefix = screamingSnakeCase(enumeration.name) + "_"
    let names = enumeration.values.map(\.name)
    let stripped = names.map { $0.hasPrefix(prefix) ? String($0.dropFirst(prefix.count)) : $0 }
    return zip(names, stripped).map { full, short in
      let usable = short.first.map { !$0.isNumber } ?? false
      let name = lowerCamelCase((usable ? short : full).lowercased())
      return reservedValues.contains(name) ? name + "_" : name
    }
  }

  /// The identifier in backquotes if it is a keyword.
  static func quoted(_ name: String) -> String { keywords.contains(name) ? "`\(name)`" : name }

  static func upperCamelCase(_ name: String) -> String {
    guard let first = name.first else { return name }
    let rest = joined(String(name.dropFirst()))
    return first == "_" ? upperCamelCase(String(name.dropFirst())) : first.uppercased() + rest
  }

  /// `page_size` is `pageSize`, `UnaryCall` is `unaryCall`, `URL` is `url`, `HTTPPort` is `httpPort`.
  static func lowerCamelCase(_ name: String) -> String {
    let name = String(name.drop { $0 == "_" })
    let capitals = name.prefix { $0.isUppercase }.count
    guard capitals > 0 else { return joined(name) }
    let rest = name.dropFirst(capitals)
    let head = name.prefix(capitals)
    if capitals == 1 || rest.isEmpty || rest.first == "_" || rest.first?.isNumber == true {
      return head.lowercased() + joined(String(rest))
    }
    return head.dropLast().lowercased() + String(head.suffix(1)) + joined(String(rest))
  }

  private static func joined(_ name: String) -> String {
    var result = ""
    var raise = false
    for character in name {
      if character == "_" {
        raise = true
      } else {
        result += raise ? character.uppercased() : String(character)
        raise = false
      }
    }
    return result
  }

  private static func screamingSnakeCase(_ name: String) -> String {
    var result = ""
    var previous: Character = "_"
    for character in name {
      if character.isUppercase, previous.isLowercase || previous.isNumber { result += "_" }
      result += character.uppercased()
      previous = character
    }
    return result
  }

  private static func words(_ list: String) -> Set<String> { Set(list.split(separator: " ").map(String.init)) }

  private static let reservedTypes = words(
    """
    Any Self Type Protocol Swift String Int Int32 Int64 UInt8 UInt32 UInt64 Float Double Bool Optional Array \
    Dictionary Hashable Sendable Box OpenEnum UnknownFields MessageLayout MessageReader MessageWriter ProtobufMessage \
    ProtobufError Layouts UnsafeRawPointer UnsafeMutableRawPointer UnsafeMutablePointer RPCMethod RPCMethodKind \
    RPCClient ServiceDefinition MethodHandler ServerContext RequestStream ResponseStream RequestWriter ResponseWriter \
    CallOptions
    """)
  private static let reservedMembers = words(
    "self init Type Protocol Self unknownFields hashValue hash description serializedBytes withEncoding copyFields")
  private static let reservedValues = words(
    "self init Type Protocol Self rawValue name named description hashValue hash some none")
  private static let keywords = words(
    """
    as associatedtype break case catch class continue default defer deinit do else enum extension fallthrough false \
    fileprivate for func guard if import in init inout internal is let nil operator precedencegroup private protocol \
    public repeat rethrows return self static struct subscript super switch throw throws true try typealias var where \
    while Any Self
    """)
}
