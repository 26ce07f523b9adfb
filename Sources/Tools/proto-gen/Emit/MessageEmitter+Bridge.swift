/// The part of a message's type that copies between its fields and protobuf-c's struct.
extension MessageEmitter {
  private func cMember(_ name: String) -> String { "cMessage.pointee.\(SwiftNames.quoted(CNames.member(name)))" }

  /// The member that tells which of a oneof's fields is set.
  private func caseMember(_ oneof: ProtoOneof) -> String {
    "cMessage.pointee.\(oneof.name.lowercased())_case"
  }

  private func read(_ type: ProtoType, _ expression: String) throws(GenerationError) -> String {
    switch type {
    case .bool: "\(expression) != 0"
    case .string: "MessageReader.string(\(expression))"
    case .bytes: "MessageReader.bytes(\(expression).data, \(expression).len)"
    case .enumeration: "\(try schema.swiftType(type))(rawValue: Int32(truncatingIfNeeded: \(expression).rawValue))"
    case .message: "MessageReader.message(\(expression))"
    default: expression
    }
  }

  /// A value that is present: a message that is not there after all counts as empty.
  private func readPresent(_ type: ProtoType, _ expression: String) throws(GenerationError) -> String {
    let value = try read(type, expression)
    if case .message = type { return "\(value) ?? \(try schema.swiftType(type))()" }
    return value
  }

  func emitReading(into source: inout SourceText) throws {
    source.line()
    try source.block("package init(copying message: UnsafeRawPointer)") { source in
      if !properties.isEmpty {
        source.line("let cMessage = message.assumingMemoryBound(to: \(cType).self)")
      }
      for property in properties { try emitReading(property, into: &source) }
      source.line("unknownFields = MessageReader.unknownFields(of: message)")
    }
  }

  private func emitReading(_ property: Property, into source: inout SourceText) throws {
    let name = "self.\(SwiftNames.quoted(name(property)))"
    switch property {
    case .field(let field) where field.isRepeated:
      let start = cMember(field.name)
      let count = "cMessage.pointee.n_\(field.name.lowercased())"
      if let entry = schema.mapEntry(of: field) {
        let key = try readPresent(entry.fields[0].type, "entry.pointee.key")
        let value = try readPresent(entry.fields[1].type, "entry.pointee.value")
        source.line("\(name) = MessageReader.map(\(start), \(count)) { entry in (\(key), \(value)) }")
      } else {
        source.line("\(name) = MessageReader.\(runFunction(field.type))(\(start), \(count))")
      }
    case .field(let field):
      source.line("\(name) = \(try read(field.type, cMember(field.name)))")
    case .optional(let field, let oneof):
      source.block("if \(caseMember(oneof)).rawValue == \(field.number)") { source in
        if let value = try? readPresent(field.type, cMember(field.name)) { source.line("\(name) = \(value)") }
      }
    case .oneof(let oneof, let members):
      source.line("switch \(caseMember(oneof)).rawValue {")
      for field in members {
        let value = try readPresent(field.type, cMember(field.name))
        let label = SwiftNames.quoted(SwiftNames.oneofCase(field.name))
        source.line("case \(field.number): \(name) = .\(label)(\(value))")
      }
      source.line("default: break")
      source.line("}")
    }
  }

  /// The function of reader and writer for the elements of a repeated field.
  private func runFunction(_ type: ProtoType) -> String {
    switch type {
    case .bool: "bools"
    case .string: "strings"
    case .bytes: "byteStrings"
    case .message: "messages"
    default: "numbers"
    }
  }

  func emitWriting(into source: inout SourceText) throws {
    source.line()
    try source.block(
      "package func copyFields(to message: UnsafeMutableRawPointer, with writer: MessageWriter) throws(ProtobufError)"
    ) { source in
      if !properties.isEmpty {
        source.line("let cMessage = message.assumingMemoryBound(to: \(cType).self)")
      }
      for property in properties { try emitWriting(property, into: &source) }
      source.line("try writer.unknownFields(self.unknownFields, of: message)")
      for field in message.fields where field.oneof == nil && !field.isRepeated {
        guard field.type == .float || field.type == .double else { continue }
        let name = SwiftNames.quoted(SwiftNames.member(field.name))
        source.line("try writer.negativeZero(self.\(name), field: \(field.number), of: message)")
      }
    }
  }

  private func write(_ type: ProtoType, _ target: String, _ value: String, field: String) -> [String] {
    switch type {
    case .bool: ["\(target) = \(value) ? 1 : 0"]
    case .string: ["\(target) = try writer.string(\(value), \"\(field)\")"]
    case .bytes: ["\(target).len = \(value).count", "\(target).data = writer.bytes(\(value))"]
    case .enumeration: ["\(target) = .init(rawValue: .init(truncatingIfNeeded: \(value).rawValue))"]
    case .message: ["\(target) = try writer.message(\(value), \"\(field)\")"]
    default: ["\(target) = \(value)"]
    }
  }

  private func emitWriting(_ property: Property, into source: inout SourceText) throws {
    let name = "self.\(SwiftNames.quoted(name(property)))"
    switch property {
    case .field(let field) where field.isRepeated:
      source.block("if !\(name).isEmpty") { source in
        source.line("cMessage.pointee.n_\(field.name.lowercased()) = \(name).count")
        emitRun(field, name, into: &source)
      }
    case .field(let field):
      let lines = write(field.type, cMember(field.name), name, field: field.name)
      switch field.type {
      case .string, .bytes: source.block("if !\(name).isEmpty") { source in lines.forEach { source.line($0) } }
      case .message:
        source.block("if let value = \(name)") { source in
          write(field.type, cMember(field.name), "value", field: field.name).forEach { source.line($0) }
        }
      default: lines.forEach { source.line($0) }
      }
    case .optional(let field, let oneof):
      source.block("if let value = \(name)") { source in
        source.line("\(caseMember(oneof)) = .init(rawValue: \(field.number))")
        write(field.type, cMember(field.name), "value", field: field.name).forEach { source.line($0) }
      }
    case .oneof(let oneof, let members):
      source.line("switch \(name) {")
      for field in members {
        source.line("case .\(SwiftNames.quoted(SwiftNames.oneofCase(field.name)))(let value):")
        source.indented { source in
          source.line("\(caseMember(oneof)) = .init(rawValue: \(field.number))")
          write(field.type, cMember(field.name), "value", field: field.name).forEach { source.line($0) }
        }
      }
      source.line("case nil: break")
      source.line("}")
    }
  }

  private func emitRun(_ field: ProtoField, _ name: String, into source: inout SourceText) {
    let target = cMember(field.name)
    guard let entry = schema.mapEntry(of: field) else {
      let function = runFunction(field.type)
      let call =
        switch function {
        case "numbers": "writer.numbers(\(name))"
        case "bools", "byteStrings": "try writer.\(function)(\(name))"
        default: "try writer.\(function)(\(name), \"\(field.name)\")"
        }
      source.line("\(target) = \(call)")
      return
    }
    let layout = "Layouts.table[\(schema.layoutIndex[entry.fullName] ?? 0)]"
    source.line("\(target) = try writer.map(\(name), \"\(field.name)\", entry: \(layout)) {")
    source.indented { source in
      source.line("(entry, key, value) throws(ProtobufError) in")
      for (index, value) in ["key", "value"].enumerated() {
        write(entry.fields[index].type, "entry.pointee.\(value)", value, field: value).forEach { source.line($0) }
      }
    }
    source.line("}")
  }
}
