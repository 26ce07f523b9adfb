/// Validation without decoding, for benchmarks and relays.
package enum WireCheck {
  /// - Throws: As `ProtobufMessage.init(wire:limits:)`.
  package static func check<Message: ProtobufMessage>(
    _ bytes: [UInt8], as type: Message.Type, limits: DecodingLimits = DecodingLimits()
  ) throws(ProtobufError) {
    let failure = bytes.withUnsafeBytes { (raw) -> ProtobufError? in
      do throws(ProtobufError) {
        try WireValidator.validate(raw, layout: Message.layout, limits: limits)
        return nil
      } catch {
        return error
      }
    }
    if let failure { throw failure }
  }
}
