/// The media types of gRPC that this runtime speaks (gRPC over HTTP2, "Content-Type").
package enum ContentType: Sendable, Hashable {
  /// `application/grpc`: messages are protobuf by default.
  case grpc
  /// `application/grpc+proto`.
  case grpcProto

  /// Classifies a `content-type` field, any case, with or without parameters behind `;`. Nil for everything else, such
  /// as `application/grpc-web` or `application/grpc+json`: a server answers those with HTTP status 415.
  package init?(_ bytes: UnsafeRawBufferPointer) {
    let base: StaticString = "application/grpc"
    let length = base.utf8CodeUnitCount
    guard Self.hasPrefix(bytes, base) else { return nil }
    let rest = UnsafeRawBufferPointer(rebasing: bytes[length...])
    if Self.endsType(rest) {
      self = .grpc
    } else if Self.hasPrefix(rest, "+proto"), Self.endsType(UnsafeRawBufferPointer(rebasing: rest[6...])) {
      self = .grpcProto
    } else {
      return nil
    }
  }

  /// Classifies a `content-type` given as text.
  package init?(_ value: String) {
    var value = value
    guard let type = value.withUTF8({ ContentType(UnsafeRawBufferPointer($0)) }) else { return nil }
    self = type
  }

  /// The field's value to send.
  package var fieldValue: StaticString {
    switch self {
    case .grpc: "application/grpc"
    case .grpcProto: "application/grpc+proto"
    }
  }

  private static func hasPrefix(_ bytes: UnsafeRawBufferPointer, _ prefix: StaticString) -> Bool {
    let count = prefix.utf8CodeUnitCount
    guard bytes.count >= count else { return false }
    for index in 0..<count {
      let byte = bytes[index]
      let lower = (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
      if lower != prefix.utf8Start[index] { return false }
    }
    return true
  }

  /// Whether a media type may end before `rest`: at the field's end or before parameters (RFC 9110 §5.6.6).
  private static func endsType(_ rest: UnsafeRawBufferPointer) -> Bool {
    for byte in rest where byte != 0x20 && byte != 0x09 { return byte == UInt8(ascii: ";") }
    return true
  }
}
