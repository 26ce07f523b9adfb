/// Writes the Swift value type of one message with its bridge to the C struct.
struct MessageEmitter {
  /// What a message shows as one stored property.
  enum Property {
    case field(ProtoField)
    /// The only member of a oneof named `_x` or, for a field that may be absent, `x` itself.
    case optional(ProtoField, oneof: ProtoOneof)
    case oneof(ProtoOneof, [ProtoField])
  }

  let schema: Schema
  let message: ProtoMessage

  private var typeName: String { SwiftNames.type(message.name) }
  var cType: String { CNames.type(message.fullName) }

  var properties: [Property] {
    var properties: [Property] = []
    var done: Set<Int> = []
    for field in message.fields {
      guard let index = field.oneof, message.oneofs.indices.contains(index) else {
        properties.append(.field(field))
        continue
      }
      guard done.insert(index).inserted else { continue }
      let oneof = message.oneofs[index]
      let members = message.fields.filter { $0.oneof == index }
      if members.count == 1, oneof.name == "_\(field.name)" {
        properties.append(.optional(field, oneof: oneof))
      } else {
        properties.append(.oneof(oneof, members))
      }
    }
    return properties
  }

  func emit(into source: inout SourceText) throws {
    source.comment(message.comment, fallback: "`\(message.fullName)`.")
    try source.block("package struct \(typeName): ProtobufMessage") { source in
      for property in properties { try emitProperty(property, into: &source) }
      source.line("package var unknownFields = UnknownFields()")
      source.line()
      let index = schema.layoutIndex[message.fullName] ?? 0
      source.line("package static var layout: MessageLayout { Layouts.table[\(index)] }")
      source.line()
      source.line("package init() {}")
      try emitMemberwiseInit(into: &source)
      try emitReading(into: &source)
      try emitWriting(into: &source)
      for nested in message.messages where !nested.isMapEntry {
        source.line()
        try MessageEmitter(schema: schema, message: nested).emit(into: &source)
      }
      for enumeration in message.enums {
        source.line()
        EnumEmitter(enumeration: enumeration).emit(into: &source)
      }
      for case .oneof(let oneof, let members) in properties {
        source.line()
        try emitOneof(oneof, members, into: &source)
      }
    }
  }

  func name(_ property: Property) -> String {
    switch property {
    case .field(let field), .optional(let field, _): SwiftNames.member(field.name)
    case .oneof(let oneof, _): SwiftNames.member(oneof.name)
    }
  }

  private func oneofType(_ oneof: ProtoOneof) -> String {
    let name = SwiftNames.type(oneof.name)
    let taken =
      message.messages.contains { SwiftNames.type($0.name) == name }
      || message.enums.contains { SwiftNames.type($0.name) == name }
    return taken ? name + "OneOf" : name
  }

  /// The property's type and its value in an empty message.
  private func typeAndDefault(_ property: Property) throws(GenerationError) -> (type: String, initial: String) {
    switch property {
    case .oneof(let oneof, _): return (oneofType(oneof) + "?", "nil")
    case .optional(let field, _): return (try schema.swiftType(field.type) + "?", "nil")
    case .field(let field):
      if let entry = schema.mapEntry(of: field) {
        return ("[\(try schema.swiftType(entry.fields[0].type)): \(try schema.swiftType(entry.fields[1].type))]", "[:]")
      }
      let type = try schema.swiftType(field.type)
      if field.isRepeated { return ("[\(type)]", "[]") }
      switch field.type {
      case .message: return (type + "?", "nil")
      case .enumeration: return (type, "\(type)(rawValue: 0)")
      case .bool: return (type, "false")
      case .string: return (type, "\"\"")
      case .bytes: return (type, "[]")
      default: return (type, "0")
      }
    }
  }

  private func isBoxed(_ property: Property) -> Bool {
    switch property {
    case .field(let field), .optional(let field, _): schema.isRecursive(field, in: message)
    case .oneof: false
    }
  }

  private func emitProperty(_ property: Property, into source: inout SourceText) throws {
    let (type, initial) = try typeAndDefault(property)
    let name = name(property)
    switch property {
    case .field(let field), .optional(let field, _):
      source.comment(field.comment)
      if field.isDeprecated { source.line("/// Deprecated: newer writers do not set it.") }
    case .oneof(let oneof, _): source.comment(oneof.comment)
    }
    guard isBoxed(property) else {
      source.line("package var \(SwiftNames.quoted(name)): \(type) = \(initial)")
      return
    }
    source.block("package var \(SwiftNames.quoted(name)): \(type)") { source in
      source.line("get { boxed\(SwiftNames.upperCamelCase(name))?.value }")
      source.line("set { boxed\(SwiftNames.upperCamelCase(name)) = newValue.map { Box($0) } }")
    }
    source.line("private var boxed\(SwiftNames.upperCamelCase(name)): Box<\(type.dropLast())>?")
  }

  private func emitMemberwiseInit(into source: inout SourceText) throws {
    guard !properties.isEmpty else { return }
    source.line()
    source.line("package init(")
    try source.indented { source in
      for (index, property) in properties.enumerated() {
        let (type, initial) = try typeAndDefault(property)
        let comma = index + 1 < properties.count ? "," : ""
        source.line("\(SwiftNames.quoted(name(property))): \(type) = \(initial)\(comma)")
      }
    }
    source.block(")") { source in
      for property in properties {
        let name = SwiftNames.quoted(name(property))
        source.line("self.\(name) = \(name)")
      }
    }
  }

  private func emitOneof(_ oneof: ProtoOneof, _ members: [ProtoField], into source: inout SourceText) throws {
    source.comment(oneof.comment, fallback: "What the oneof `\(oneof.name)` of `\(message.fullName)` holds.")
    let type = oneofType(oneof)
    try source.block("package enum \(type): Sendable, Hashable") { source in
      for field in members {
        source.comment(field.comment)
        let indirect = schema.isRecursive(field, in: message) ? "indirect " : ""
        source.line(
          "\(indirect)case \(SwiftNames.quoted(SwiftNames.oneofCase(field.name)))(\(try schema.swiftType(field.type)))")
      }
    }
  }
}
