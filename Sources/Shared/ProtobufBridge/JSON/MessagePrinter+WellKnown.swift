internal import CProtobufC

extension MessagePrinter {
  /// The JSON form of a type that has its own.
  mutating func wellKnown(
    _ type: WellKnownType, _ message: UnsafeRawPointer, _ layout: MessageLayout
  ) throws(ProtobufError) {
    switch type {
    case .money: try money(message, layout)
    case .timestamp, .duration:
      let (seconds, nanos) = time(message, layout)
      let text =
        type == .timestamp
        ? TimestampText.timestamp(seconds: seconds, nanos: nanos)
        : TimestampText.duration(seconds: seconds, nanos: nanos)
      guard let text else { throw ProtobufError(.invalidValue, "the \(type) is out of the range that JSON has for it") }
      writer.quotedLiteral(text)
    case .fieldMask: try fieldMask(message, layout)
    case .structure: try onlyField(message, layout)
    case .listValue: try onlyField(message, layout)
    case .value: try value(message, layout)
    case .any: try any(message, layout)
    default:
      guard let field = layout.field(1) else { return writer.null() }
      try value(message + field.offset, field)
    }
  }

  private func time(_ message: UnsafeRawPointer, _ layout: MessageLayout) -> (seconds: Int64, nanos: Int32) {
    guard let seconds = layout.field(1), let nanos = layout.field(2) else { return (0, 0) }
    return (
      message.load(fromByteOffset: seconds.offset, as: Int64.self),
      message.load(fromByteOffset: nanos.offset, as: Int32.self)
    )
  }

  private mutating func fieldMask(_ message: UnsafeRawPointer, _ layout: MessageLayout) throws(ProtobufError) {
    guard let paths = layout.field(1) else { return }
    let count = message.load(fromByteOffset: paths.quantifierOffset, as: Int.self)
    let start = message.load(fromByteOffset: paths.offset, as: UnsafePointer<UnsafeMutablePointer<CChar>?>?.self)
    var texts: [String] = []
    for path in MessageReader.strings(start, count) {
      guard let text = FieldMaskText.json(path) else {
        throw ProtobufError(.invalidValue, "a path of the field mask has no JSON form: expected lower_snake_case")
      }
      texts.append(text)
    }
    writer.string(texts.joined(separator: ","))
  }

  /// The value of the only field stands for the message: a Struct's map, a ListValue's list.
  private mutating func onlyField(_ message: UnsafeRawPointer, _ layout: MessageLayout) throws(ProtobufError) {
    guard let field = layout.field(1) else { return }
    try self.field(field, message)
  }

  private mutating func value(_ message: UnsafeRawPointer, _ layout: MessageLayout) throws(ProtobufError) {
    guard let field = layout.fields.first(where: { $0.isPresent(in: message) }) else {
      throw ProtobufError(.invalidValue, "a google.protobuf.Value holds nothing: expected one kind to be set")
    }
    if field.kind == .double, !message.load(fromByteOffset: field.offset, as: Double.self).isFinite {
      throw ProtobufError(.invalidValue, "a google.protobuf.Value holds NaN or infinity, which JSON does not have")
    }
    try value(message + field.offset, field)
  }

  private mutating func any(_ message: UnsafeRawPointer, _ layout: MessageLayout) throws(ProtobufError) {
    guard let url = layout.field(1), let content = layout.field(2) else { return }
    let name = MessageReader.string(message.load(fromByteOffset: url.offset, as: UnsafePointer<CChar>?.self))
    let data = message.load(fromByteOffset: content.offset, as: ProtobufCBinaryData.self)
    if name.isEmpty {
      writer.beginObject()
      return writer.endObject()
    }
    let inner = try options.layout(ofAny: name)
    let bytes = UnsafeRawBufferPointer(start: data.data, count: data.data == nil ? 0 : data.len)
    try withArena { (arena) throws(ProtobufError) in
      let held = try MessageDecoding.unpack(bytes, layout: inner, limits: DecodingLimits(), in: arena)
      writer.beginObject()
      writer.name("@type")
      writer.string(name)
      if options.hasOwnForm(inner) {
        writer.name("value")
        try self.message(held, inner)
      } else {
        try fields(held, inner)
      }
      writer.endObject()
    }
  }
}

extension JSONOptions {
  /// The layout that an Any's type URL names.
  func layout(ofAny url: String) throws(ProtobufError) -> MessageLayout {
    guard let slash = url.lastIndex(of: "/"), let layout = types?[String(url[url.index(after: slash)...])] else {
      throw ProtobufError(.invalidValue, "the @type of a google.protobuf.Any is not one that is accepted here")
    }
    return layout
  }
}
