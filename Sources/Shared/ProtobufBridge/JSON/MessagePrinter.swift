internal import CProtobufC
internal import Glibc

/// Writes the JSON form of a C struct by its layout (proto3 language guide, "JSON Mapping").
struct MessagePrinter {
  let options: JSONOptions
  var writer = JSONWriter()
  private var depth = 0

  init(_ options: JSONOptions) { self.options = options }

  mutating func message(_ message: UnsafeRawPointer, _ layout: MessageLayout) throws(ProtobufError) {
    depth += 1
    defer { depth -= 1 }
    guard depth <= options.maximumDepth else {
      throw ProtobufError(.limitExceeded, "messages are nested more than \(options.maximumDepth) deep")
    }
    if let form = options.form(of: layout) { return try form.write(message, &writer) }
    if let wellKnown = layout.wellKnown, wellKnown != .money || options.decimalMoney {
      return try self.wellKnown(wellKnown, message, layout)
    }
    writer.beginObject()
    try fields(message, layout)
    writer.endObject()
  }

  /// The members of a message's object.
  mutating func fields(_ message: UnsafeRawPointer, _ layout: MessageLayout) throws(ProtobufError) {
    for field in layout.fields {
      guard field.isPresent(in: message) || (options.writesDefaults && field.hasWrittenDefault) else { continue }
      writer.preparedName(options.writesProtoNames ? field.protoKey : field.jsonKey)
      do throws(ProtobufError) {
        try self.field(field, message)
      } catch {
        throw error.inside(field.name)
      }
    }
  }

  mutating func field(_ field: FieldLayout, _ message: UnsafeRawPointer) throws(ProtobufError) {
    guard field.cardinality == .repeated else { return try value(message + field.offset, field) }
    let count = message.load(fromByteOffset: field.quantifierOffset, as: Int.self)
    let start = message.load(fromByteOffset: field.offset, as: UnsafeRawPointer?.self)
    if field.isMap, let entry = field.message {
      try map(start, count, entry)
    } else {
      writer.beginArray()
      if let start {
        let size = field.kind.memorySize
        for index in 0..<count {
          do throws(ProtobufError) {
            try value(start + index * size, field)
          } catch {
            throw error.inside(element: index)
          }
        }
      }
      writer.endArray()
    }
  }

  private mutating func map(
    _ start: UnsafeRawPointer?, _ count: Int, _ layout: MessageLayout
  ) throws(ProtobufError) {
    writer.beginObject()
    if let entries = start?.assumingMemoryBound(to: UnsafeRawPointer?.self),
      let key = layout.field(1), let element = layout.field(2)
    {
      // On the wire a key may come twice, and the last counts; JSON must not repeat it.
      // By bytes: to Swift, strings are the same that differ in how their characters are composed.
      var last: [[UInt8]: Int] = [:]
      if count > 1 {
        for index in 0..<count {
          if let entry = entries[index] { last[Array(keyText(entry + key.offset, key).utf8)] = index }
        }
      }
      for index in 0..<count {
        guard let entry = entries[index] else { continue }
        let text = keyText(entry + key.offset, key)
        guard count == 1 || last[Array(text.utf8)] == index else { continue }
        writer.name(text)
        do throws(ProtobufError) {
          try value(entry + element.offset, element)
        } catch {
          throw error.inside("[\(index)]")
        }
      }
    }
    writer.endObject()
  }

  private func keyText(_ memory: UnsafeRawPointer, _ field: FieldLayout) -> String {
    switch field.kind {
    case .string: MessageReader.string(memory.load(as: UnsafePointer<CChar>?.self))
    case .bool: memory.load(as: Int32.self) != 0 ? "true" : "false"
    case .int32, .sint32, .sfixed32: String(memory.load(as: Int32.self))
    case .uint32, .fixed32: String(memory.load(as: UInt32.self))
    case .int64, .sint64, .sfixed64: String(memory.load(as: Int64.self))
    default: String(memory.load(as: UInt64.self))
    }
  }

  /// One value of the field's kind.
  mutating func value(_ memory: UnsafeRawPointer, _ field: FieldLayout) throws(ProtobufError) {
    switch field.kind {
    case .int32, .sint32, .sfixed32: writer.integer(memory.load(as: Int32.self))
    case .uint32, .fixed32: writer.integer(memory.load(as: UInt32.self))
    case .int64, .sint64, .sfixed64: writer.quotedInteger(memory.load(as: Int64.self))
    case .uint64, .fixed64: writer.quotedInteger(memory.load(as: UInt64.self))
    case .float: float(memory.load(as: Float.self))
    case .double: float(memory.load(as: Double.self))
    case .bool: writer.bool(memory.load(as: Int32.self) != 0)
    case .enum: enumeration(memory.load(as: Int32.self), field)
    case .string:
      if let text = memory.load(as: UnsafePointer<CChar>?.self) {
        writer.string(UnsafeRawBufferPointer(start: text, count: strlen(text)))
      } else {
        writer.quotedLiteral("")
      }
    case .bytes:
      let data = memory.load(as: ProtobufCBinaryData.self)
      writer.base64(UnsafeRawBufferPointer(start: data.data, count: data.data == nil ? 0 : data.len))
    case .message:
      guard let layout = field.message else { return writer.null() }
      if let child = memory.load(as: UnsafeRawPointer?.self) {
        try message(child, layout)
      } else {
        // Only an entry of a map may lack its message: it stands for an empty one.
        try withEmpty(layout) { (empty) throws(ProtobufError) in try self.message(empty, layout) }
      }
    }
  }

  private func withEmpty(
    _ layout: MessageLayout, _ body: (UnsafeRawPointer) throws(ProtobufError) -> Void
  ) throws(ProtobufError) {
    try withArena { (arena) throws(ProtobufError) in
      try body(UnsafeRawPointer(MessageWriter(arena).makeStruct(layout)))
    }
  }

  private mutating func float(_ value: some BinaryFloatingPoint & LosslessStringConvertible) {
    if value.isFinite {
      writer.literal(JSONNumber.text(value))
    } else {
      writer.quotedLiteral(value.isNaN ? "NaN" : value < 0 ? "-Infinity" : "Infinity")
    }
  }

  private mutating func enumeration(_ number: Int32, _ field: FieldLayout) {
    if field.enumeration?.isNullValue == true { return writer.null() }
    if !options.writesEnumNumbers, let name = field.enumeration?.name(of: number) {
      writer.quotedLiteral(name)
    } else {
      writer.integer(number)
    }
  }
}

extension FieldLayout {
  /// Whether the field has a value other than its default, or is present on its own account.
  func isPresent(in message: UnsafeRawPointer) -> Bool {
    switch cardinality {
    case .required: return true
    case .explicit where kind == .message || kind == .string: return isNonzero(message + offset)
    case .explicit: return message.load(fromByteOffset: quantifierOffset, as: Int32.self) != 0
    case .oneof: return message.load(fromByteOffset: quantifierOffset, as: UInt32.self) == number
    case .repeated: return message.load(fromByteOffset: quantifierOffset, as: Int.self) > 0
    case .implicit: return isNonzero(message + offset)
    }
  }

  /// Whether the field's default has a JSON form: an absent message or oneof has none.
  var hasWrittenDefault: Bool {
    switch cardinality {
    case .repeated: true
    case .implicit: kind != .message
    default: false
    }
  }

  private func isNonzero(_ memory: UnsafeRawPointer) -> Bool {
    switch kind {
    case .string:
      guard let text = memory.load(as: UnsafePointer<CChar>?.self) else { return false }
      return text.pointee != 0
    case .bytes: return memory.load(as: Int.self) > 0
    case .message: return memory.load(as: UnsafeRawPointer?.self) != nil
    // By bits: -0.0 is a value.
    default: return kind.memorySize == 8 ? memory.load(as: UInt64.self) != 0 : memory.load(as: UInt32.self) != 0
    }
  }
}
