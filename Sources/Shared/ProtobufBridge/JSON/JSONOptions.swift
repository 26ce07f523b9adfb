/// A JSON form of one message type that differs from the canonical one, both ways.
///
/// ```swift
/// let money = JSONForm(Money.self, write: { $1.string($0.text) }, read: { try Money(text: $0.string()) })
/// ```
package struct JSONForm: Sendable {
  let layout: MessageLayout
  let write: @Sendable (UnsafeRawPointer, inout JSONWriter) throws(ProtobufError) -> Void
  let read: @Sendable (inout JSONReader, UnsafeMutableRawPointer, MessageWriter) throws(ProtobufError) -> Void

  /// Writes the value that `write` writes, from the message's wire form.
  package typealias WireWriter = @Sendable (WireFields, inout JSONText) -> Void
  let writeWire: WireWriter?

  /// - Parameters:
  ///   - write: Writes exactly one JSON value for the message.
  ///   - writeWire: Writes the same from the wire form, for `JSONTranscriber`; nil has messages that hold one of these
  ///     unpacked.
  ///   - read: Reads exactly one JSON value; it is never null. What it throws gets the path of the field before it.
  package init<Message: ProtobufMessage>(
    _ type: Message.Type,
    write: @escaping @Sendable (Message, inout JSONWriter) throws(ProtobufError) -> Void,
    writeWire: WireWriter? = nil,
    read: @escaping @Sendable (inout JSONReader) throws(ProtobufError) -> Message
  ) {
    layout = Message.layout
    self.writeWire = writeWire
    self.write = { (message, writer) throws(ProtobufError) in try write(Message(copying: message), &writer) }
    self.read = { (reader, target, writer) throws(ProtobufError) in
      // The C struct may point into the value's arrays (`MessageWriter`), and the value ends here: go by its bytes.
      let message = try read(&reader)
      try writer.copyDetached(message, to: target)
    }
  }
}

/// How messages are written as and read from JSON.
package struct JSONOptions: Sendable {
  /// Whether fields with their default value are written: numbers, strings, enums, lists and maps; absent messages and
  /// oneofs never are. Off in the canonical form.
  package var writesDefaults = false
  /// Whether names are written as in the proto file instead of in lowerCamelCase. Both are read.
  package var writesProtoNames = false
  /// Whether enums are written by number. Both are read.
  package var writesEnumNumbers = false
  /// Whether members and enum names that the type does not have are passed over instead of refused.
  package var ignoresUnknown = false
  /// Whether a `fiyatradari.common.v1.Money` is `{"amount":"1299.00","currency":"TRY"}`, written and read, with as many
  /// decimals as the currency has, instead of the canonical form of its fields.
  package var decimalMoney = false
  /// Size of the text to read, in bytes; 4 MiB unless set.
  package var maximumBytes = 4 << 20
  /// Objects and arrays inside each other, read or written; 100 unless set.
  package var maximumDepth = 100
  /// Memory for the message read, in bytes; 64 MiB unless set.
  package var maximumMemory = 64 << 20
  /// The types that `google.protobuf.Any` may hold; without it, Any is refused.
  package var types: LayoutTable?

  private var forms: [ObjectIdentifier: JSONForm] = [:]

  package init() {}

  /// Gives one message type a form of its own, wherever it appears.
  package mutating func use(_ form: JSONForm) { forms[ObjectIdentifier(form.layout)] = form }

  func form(of layout: MessageLayout) -> JSONForm? { forms.isEmpty ? nil : forms[ObjectIdentifier(layout)] }

  /// Whether messages of this type are written otherwise than as an object of their fields.
  func hasOwnForm(_ layout: MessageLayout) -> Bool {
    if forms.isEmpty ? false : forms[ObjectIdentifier(layout)] != nil { return true }
    guard let wellKnown = layout.wellKnown else { return false }
    return wellKnown != .money || decimalMoney
  }
}
