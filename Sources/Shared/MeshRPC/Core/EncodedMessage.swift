package import ProtobufBridge

/// A message that is in wire form already.
package struct EncodedMessage<Message: ProtobufMessage>: Sendable {
  package let bytes: [UInt8]

  package init(_ fields: WireFieldWriter) { bytes = fields.bytes }

  /// - Throws: `ProtobufError` `.invalidString` if a string holds a NUL.
  package init(_ message: Message) throws { bytes = try message.serializedBytes() }
}
