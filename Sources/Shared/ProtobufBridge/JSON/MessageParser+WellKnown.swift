internal import CProtobufC

extension MessageParser {
  /// Reads a type that has a JSON form of its own.
  mutating func wellKnown(
    _ type: WellKnownType, _ message: UnsafeMutableRawPointer, _ layout: MessageLayout
  ) throws(ProtobufError) {
    switch type {
    case .money: try money(message, layout)
    case .timestamp, .duration: try time(type, message, layout)
    case .fieldMask: try fieldMask(message, layout)
    case .value: try value(message, layout)
    case .any: try any(message, layout)
    case .structure, .listValue:
      guard let field = layout.field(1) else { return }
      let expected: JSONReader.Token = type == .structure ? .object : .array
      let found = try reader.peek()
      guard found == expected else {
        throw ProtobufError(.invalidValue, "expected \(expected.words), found \(found.words)")
      }
      try self.field(field, message)
    default:
      guard let field = layout.field(1) else { return }
      _ = try value(field, message + field.offset)
    }
  }

  private mutating func time(
    _ type: WellKnownType, _ message: UnsafeMutableRawPointer, _ layout: MessageLayout
  ) throws(ProtobufError) {
    guard let seconds = layout.field(1), let nanos = layout.field(2) else { return }
    let text = try reader.rawString()
    guard let value = type == .timestamp ? TimestampText.timestamp(text) : TimestampText.duration(text) else {
      let expected =
        type == .timestamp
        ? "a time as in 2026-01-31T09:30:00.5Z (RFC 3339), from year 1 to 9999"
        : "a number of seconds with up to nine decimals, as in -1.5s"
      throw ProtobufError(.invalidValue, "expected \(expected)")
    }
    message.storeBytes(of: value.seconds, toByteOffset: seconds.offset, as: Int64.self)
    message.storeBytes(of: value.nanos, toByteOffset: nanos.offset, as: Int32.self)
  }

  private mutating func fieldMask(
    _ message: UnsafeMutableRawPointer, _ layout: MessageLayout
  ) throws(ProtobufError) {
    guard let field = layout.field(1) else { return }
    let text = try reader.string()
    guard !text.isEmpty else { return }
    var paths = GrowingArray(elementSize: MemoryLayout<UnsafeRawPointer>.stride, writer: reader.writer)
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      guard let path = FieldMaskText.proto(part) else {
        throw ProtobufError(.invalidValue, "expected paths in lowerCamelCase with commas between")
      }
      try paths.next().storeBytes(of: reader.writer.string(path, ""), as: UnsafeMutablePointer<CChar>.self)
    }
    paths.store(in: message, field)
  }

  private mutating func value(_ message: UnsafeMutableRawPointer, _ layout: MessageLayout) throws(ProtobufError) {
    // The field numbers of google.protobuf.Value's kinds.
    let number: UInt32 =
      switch try reader.peek() {
      case .null: 1
      case .number: 2
      case .string: 3
      case .bool: 4
      case .object: 5
      case .array: 6
      }
    guard let field = layout.field(number) else { return }
    try self.field(field, message)
  }

  private mutating func any(_ message: UnsafeMutableRawPointer, _ layout: MessageLayout) throws(ProtobufError) {
    guard let url = layout.field(1), let content = layout.field(2) else { return }
    // @type may stand behind the members that it explains: look for it first, then read again from here.
    let start = reader
    var type: String?
    var isEmpty = true
    try reader.object { (reader, name) throws(ProtobufError) in
      isEmpty = false
      guard name == "@type" else { return try reader.skip() }
      guard type == nil else { throw ProtobufError(.duplicateField, "the field is given twice", path: "@type") }
      type = try reader.string()
    }
    if isEmpty { return }
    guard let type else { throw ProtobufError(.invalidValue, "expected a member @type with the type's URL") }
    let inner = try options.layout(ofAny: type)
    let end = reader
    reader = start
    let held = try reader.writer.makeStruct(inner)
    if options.hasOwnForm(inner) {
      try anyValue(held, inner)
    } else {
      try fields(held, inner, except: "@type")
    }
    reader = end
    let cMessage = held.assumingMemoryBound(to: ProtobufCMessage.self)
    let size = protobuf_c_message_get_packed_size(cMessage)
    let data = try reader.writer.allocate(size).assumingMemoryBound(to: UInt8.self)
    protobuf_c_message_pack(cMessage, data)
    message.storeBytes(
      of: try reader.writer.string(type, "@type"), toByteOffset: url.offset, as: UnsafeMutablePointer<CChar>.self)
    message.storeBytes(
      of: ProtobufCBinaryData(len: size, data: data), toByteOffset: content.offset, as: ProtobufCBinaryData.self)
  }

  /// Reads the member `value` of an Any whose type has a JSON form of its own.
  private mutating func anyValue(
    _ held: UnsafeMutableRawPointer, _ layout: MessageLayout
  ) throws(ProtobufError) {
    var isGiven = false
    var isFirst = true
    try reader.beginObject()
    while let bytes = try reader.nextMember(isFirst: isFirst) {
      isFirst = false
      let name = String(decoding: bytes, as: UTF8.self)
      switch name {
      case "@type": try reader.skip()
      case "value":
        guard !isGiven else { throw ProtobufError(.duplicateField, "the field is given twice", path: name) }
        isGiven = true
        try self.message(held, layout)
      default:
        guard options.ignoresUnknown else {
          throw ProtobufError(
            .unknownField, "an Any of \(layout.fullName) has no such field", path: MessageParser.shortened(name))
        }
        try reader.skip()
      }
    }
    guard isGiven else { throw ProtobufError(.invalidValue, "expected a member `value`") }
  }
}
