/// All files together: finds declarations by full name.
struct Schema {
  let files: [ProtoFile]
  private(set) var messages: [String: ProtoMessage] = [:]
  /// The Swift name of each message and enum, with its namespace.
  private(set) var swiftNames: [String: String] = [:]
  /// Place of each message in the table of layouts.
  private(set) var layoutIndex: [String: Int] = [:]
  /// All messages, map entries included, in the order of the table of layouts.
  private(set) var ordered: [ProtoMessage] = []
  private var recursiveFields: Set<String> = []

  init(_ files: [ProtoFile]) {
    self.files = files
    for file in files {
      let scope = SwiftNames.namespace(file.package)
      for message in file.messages { add(message, scope: scope) }
      for enumeration in file.enums {
        swiftNames[enumeration.fullName] = "\(scope).\(SwiftNames.type(enumeration.name))"
      }
    }
    for message in ordered {
      for field in message.fields {
        guard case .message(let name) = field.type, !field.isRepeated else { continue }
        if reaches(from: name, to: message.fullName) { recursiveFields.insert("\(message.fullName).\(field.name)") }
      }
    }
  }

  private mutating func add(_ message: ProtoMessage, scope: String) {
    let name = "\(scope).\(SwiftNames.type(message.name))"
    messages[message.fullName] = message
    swiftNames[message.fullName] = name
    layoutIndex[message.fullName] = ordered.count
    ordered.append(message)
    for nested in message.messages { add(nested, scope: name) }
    for enumeration in message.enums {
      swiftNames[enumeration.fullName] = "\(name).\(SwiftNames.type(enumeration.name))"
    }
  }

  /// Whether a value of the field's type may hold, without an array or dictionary between, one of the message's own
  /// type: then it must live behind a reference.
  func isRecursive(_ field: ProtoField, in message: ProtoMessage) -> Bool {
    recursiveFields.contains("\(message.fullName).\(field.name)")
  }

  /// The entry of a map field, or nil for any other field.
  func mapEntry(of field: ProtoField) -> ProtoMessage? {
    guard field.isRepeated, case .message(let name) = field.type, let entry = messages[name], entry.isMapEntry else {
      return nil
    }
    return entry
  }

  private func reaches(from start: String, to target: String) -> Bool {
    var seen: Set<String> = []
    var open = [start]
    while let name = open.popLast() {
      if name == target { return true }
      guard seen.insert(name).inserted, let message = messages[name] else { continue }
      for field in message.fields where !field.isRepeated {
        if case .message(let next) = field.type { open.append(next) }
      }
    }
    return false
  }

  /// The Swift type of one value.
  func swiftType(_ type: ProtoType) throws(GenerationError) -> String {
    switch type {
    case .double: return "Double"
    case .float: return "Float"
    case .int64, .sint64, .sfixed64: return "Int64"
    case .uint64, .fixed64: return "UInt64"
    case .int32, .sint32, .sfixed32: return "Int32"
    case .uint32, .fixed32: return "UInt32"
    case .bool: return "Bool"
    case .string: return "String"
    case .bytes: return "[UInt8]"
    case .message(let name), .enumeration(let name):
      guard let swiftName = swiftNames[name] else {
        throw GenerationError("\(name) is not in the descriptor set; make it with --include_imports")
      }
      return swiftName
    }
  }
}
