internal import CProtobufC

extension ProtobufMessage {
  /// The JSON form as UTF-8, without blanks; fields in the order of their numbers, map keys in theirs.
  ///
  /// - Throws: `.invalidString` if a string holds a NUL; `.invalidValue` if a well-known type holds what JSON has no
  ///   form for; `.limitExceeded` if messages are nested too deep.
  package func jsonBytes(_ options: JSONOptions = JSONOptions()) throws(ProtobufError) -> [UInt8] {
    try withArena { (arena) throws(ProtobufError) in
      let writer = MessageWriter(arena)
      let message = try writer.makeStruct(Self.layout)
      // The struct points into this value's arrays, which `self` keeps alive until it is printed.
      try copyFields(to: message, with: writer)
      defer { withExtendedLifetime(self) {} }
      return try MessageJSON.print(message, Self.layout, options)
    }
  }

  /// Reads the JSON form, canonical or with proto names and enum numbers.
  ///
  /// - Throws: `.malformedJSON`, `.invalidValue`, `.unknownField`, `.duplicateField`, `.invalidString` or
  ///   `.limitExceeded`, with the path to the field.
  package init(json text: UnsafeRawBufferPointer, options: JSONOptions = JSONOptions()) throws(ProtobufError) {
    self = try MessageJSON.parse(text, Self.layout, options) { Self(copying: $0) }
  }

  /// Reads the JSON form of an array of UTF-8.
  package init(json text: [UInt8], options: JSONOptions = JSONOptions()) throws(ProtobufError) {
    let result = text.withUnsafeBytes { (raw) -> Result<Self, ProtobufError> in
      do throws(ProtobufError) {
        return .success(try Self(json: raw, options: options))
      } catch {
        return .failure(error)
      }
    }
    self = try result.get()
  }
}

/// JSON straight from and to the wire form: no Swift value between.
package enum MessageJSON {
  /// The JSON form of a message given by its wire form.
  ///
  /// - Throws: As decoding and as `ProtobufMessage.jsonBytes`.
  package static func json(
    wire bytes: UnsafeRawBufferPointer, layout: MessageLayout, limits: DecodingLimits = DecodingLimits(),
    options: JSONOptions = JSONOptions()
  ) throws(ProtobufError) -> [UInt8] {
    try withArena { (arena) throws(ProtobufError) in
      try print(MessageDecoding.unpack(bytes, layout: layout, limits: limits, in: arena), layout, options)
    }
  }

  /// The wire form of a message given by its JSON form.
  ///
  /// - Throws: As `ProtobufMessage.init(json:options:)`.
  package static func wire(
    json text: UnsafeRawBufferPointer, layout: MessageLayout, options: JSONOptions = JSONOptions()
  ) throws(ProtobufError) -> [UInt8] {
    try parse(text, layout, options) { (message) throws(ProtobufError) in
      let cMessage = message.assumingMemoryBound(to: ProtobufCMessage.self)
      let size = protobuf_c_message_get_packed_size(cMessage)
      return [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
        count = size == 0 ? 0 : protobuf_c_message_pack(cMessage, buffer.baseAddress)
      }
    }
  }

  static func print(
    _ message: UnsafeRawPointer, _ layout: MessageLayout, _ options: JSONOptions
  ) throws(ProtobufError) -> [UInt8] {
    var printer = MessagePrinter(options)
    printer.writer.reserveCapacity(512)
    try printer.message(message, layout)
    return printer.writer.bytes
  }

  static func parse<R>(
    _ text: UnsafeRawBufferPointer, _ layout: MessageLayout, _ options: JSONOptions,
    _ body: (UnsafeRawPointer) throws(ProtobufError) -> R
  ) throws(ProtobufError) -> R {
    guard text.count <= options.maximumBytes else {
      throw ProtobufError(
        .limitExceeded, "the JSON text has \(text.count) bytes; at most \(options.maximumBytes) are accepted")
    }
    return try withArena { (arena) throws(ProtobufError) in
      arena.state.pointee.limit = options.maximumMemory
      let writer = MessageWriter(arena)
      let message = try writer.makeStruct(layout)
      let reader = JSONReader(text, maximumDepth: options.maximumDepth, writer: writer)
      var parser = MessageParser(options, reader)
      try parser.message(message, layout)
      try parser.reader.end()
      return try body(message)
    }
  }
}
