/// A protocol buffers message as a Swift value. `proto-gen` writes the conforming types.
///
/// Encoding copies the value's fields into protobuf-c's struct and packs that; decoding validates the bytes, unpacks
/// them into such a struct, and copies its fields into the value. The structs live in an arena of the calling thread.
@usableFromInline
package protocol ProtobufMessage: Sendable, Hashable {
  /// The message with every field absent.
  init()

  /// The type's fields, shared by all its values.
  static var layout: MessageLayout { get }

  /// Fields that arrived and that the type does not have; written again when the message is encoded.
  var unknownFields: UnknownFields { get set }

  /// Makes the value from its C struct. For generated code only.
  ///
  /// - Parameter message: A struct of the type that `layout` describes, fully valid, strings UTF-8.
  init(copying message: UnsafeRawPointer)

  /// Decodes a message from its wire form.
  ///
  /// - Throws: `ProtobufError`: `.malformedWire`, `.invalidString`, `.limitExceeded`.
  init(wire bytes: UnsafeRawBufferPointer, limits: DecodingLimits) throws(ProtobufError)

  /// Writes the fields into a C struct just initialised. For generated code only.
  ///
  /// - Throws: `.invalidString` if a string holds a NUL.
  func copyFields(to message: UnsafeMutableRawPointer, with writer: MessageWriter) throws(ProtobufError)
}

extension ProtobufMessage {
  /// The full proto name of the type, as in `grpc.health.v1.HealthCheckRequest`.
  package static var fullName: String { layout.fullName }

  /// A value built in place: `Payload.with { $0.body = bytes }`.
  @inlinable
  package static func with(_ build: (inout Self) throws -> Void) rethrows -> Self {
    var message = Self()
    try build(&message)
    return message
  }

  /// Decodes a message from its wire form, within the usual limits.
  ///
  /// - Throws: `ProtobufError`: `.malformedWire`, `.invalidString`, `.limitExceeded`.
  @inlinable
  package init(wire bytes: UnsafeRawBufferPointer) throws(ProtobufError) {
    try self.init(wire: bytes, limits: DecodingLimits())
  }

  /// The requirement for all types that are unpacked. Without a default for `limits`, so that a call reaches the type's
  /// own way.
  @inlinable
  package init(wire bytes: UnsafeRawBufferPointer, limits: DecodingLimits) throws(ProtobufError) {
    let arena = ArenaPool.take()
    defer { ArenaPool.give(arena) }
    self.init(copying: try MessageDecoding.unpack(bytes, layout: Self.layout, limits: limits, in: arena))
  }

  /// Decodes a message from its wire form.
  ///
  /// - Throws: `ProtobufError`: `.malformedWire`, `.invalidString`, `.limitExceeded`.
  @inlinable
  package init(wire bytes: [UInt8], limits: DecodingLimits = DecodingLimits()) throws(ProtobufError) {
    let result = bytes.withUnsafeBytes { (raw) -> Result<Self, ProtobufError> in
      do throws(ProtobufError) {
        return .success(try Self(wire: raw, limits: limits))
      } catch {
        return .failure(error)
      }
    }
    self = try result.get()
  }

  /// Prepares the wire form and calls `body`, which asks for its size, makes room, and packs into it: the bytes are
  /// written once, where they are to go.
  ///
  /// - Throws: `ProtobufError` with code `.invalidString` if a string holds a NUL; what `body` throws.
  @inlinable
  package func withEncoding<R>(_ body: (borrowing MessageEncoding) throws -> R) throws -> R {
    let arena = ArenaPool.take()
    defer { ArenaPool.give(arena) }
    let writer = MessageWriter(arena)
    let message = try writer.makeStruct(Self.layout)
    // The struct points into this value's arrays until the end of `body`.
    return try withExtendedLifetime(self) {
      try copyFields(to: message, with: writer)
      return try body(MessageEncoding(message))
    }
  }

  /// The wire form in an array of its own.
  ///
  /// - Throws: `ProtobufError` with code `.invalidString` if a string holds a NUL.
  package func serializedBytes() throws -> [UInt8] {
    try withEncoding { encoding in
      let size = encoding.byteCount
      return [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
        count = encoding.pack(into: UnsafeMutableRawBufferPointer(buffer))
      }
    }
  }
}
