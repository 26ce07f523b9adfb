/// How a `JSONImage` is written.
package protocol JSONImageStyle: Sendable {
  static var transcriber: JSONTranscriber { get }
}

/// A message that arrives and is only to be shown as JSON: it is written right from its wire form, with no Swift value
/// between. It takes the place of `Message` as what a call answers, and cannot be sent itself.
package struct JSONImage<Message: ProtobufMessage, Style: JSONImageStyle>: ProtobufMessage {
  private var text: [UInt8] = []
  private var failure: ProtobufError?

  package init() {}

  package static var layout: MessageLayout { Message.layout }

  package var unknownFields: UnknownFields {
    get { UnknownFields() }
    set {}
  }

  package init(wire bytes: UnsafeRawBufferPointer, limits: DecodingLimits) throws(ProtobufError) {
    try WireValidator.validate(bytes, layout: Message.layout, limits: limits)
    if let text = Style.transcriber.print(valid: bytes, Message.layout) {
      self.text = text
    } else {
      self = try withArena { (arena) throws(ProtobufError) in
        Self(copying: try MessageDecoding.unpack(bytes, layout: Message.layout, limits: limits, in: arena))
      }
    }
  }

  package init(copying message: UnsafeRawPointer) {
    do throws(ProtobufError) {
      text = try MessageJSON.print(message, Message.layout, Style.transcriber.options)
    } catch {
      failure = error
    }
  }

  /// - Throws: `.codecFailure`: an image holds no fields.
  package func copyFields(
    to message: UnsafeMutableRawPointer, with writer: MessageWriter
  ) throws(ProtobufError) {
    throw ProtobufError(.codecFailure, "an image of \(Message.fullName) cannot be encoded")
  }

  /// The JSON form, as `Message.jsonBytes` gives it.
  ///
  /// - Throws: As that.
  package func jsonBytes() throws(ProtobufError) -> [UInt8] {
    if let failure { throw failure }
    return text
  }
}
