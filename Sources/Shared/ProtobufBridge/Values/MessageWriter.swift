internal import CProtobufC
internal import Glibc

/// Makes what a message's C struct points to, in an arena. Generated code calls it to copy a Swift value out.
///
/// Numbers and bytes are not copied: the struct points into the Swift arrays, which the message being encoded keeps
/// alive and unchanged until the encoding ends (`ProtobufMessage.withEncoding`).
@usableFromInline
package struct MessageWriter {
  @usableFromInline let arena: UnsafeMutablePointer<ArenaState>

  @usableFromInline
  init(_ arena: Arena) { self.arena = arena.state }

  /// `size` bytes of the arena, 8-byte aligned.
  @usableFromInline
  func allocate(_ size: Int) throws(ProtobufError) -> UnsafeMutableRawPointer {
    guard let memory = Arena.allocate(arena, size) else {
      throw ProtobufError(.limitExceeded, "the message needs more memory than one message may use")
    }
    return memory
  }

  /// An initialised C struct of this type.
  @usableFromInline
  func makeStruct(_ layout: MessageLayout) throws(ProtobufError) -> UnsafeMutableRawPointer {
    let memory = try allocate(layout.structSize)
    layout.descriptor.pointee.message_init(memory.assumingMemoryBound(to: ProtobufCMessage.self))
    return memory
  }

  /// A NUL-terminated copy of `value`.
  ///
  /// - Throws: `.invalidString` naming `field` if the string holds a NUL: the C library would cut it there.
  @usableFromInline
  package func string(
    _ value: String, _ field: StaticString
  ) throws(ProtobufError) -> UnsafeMutablePointer<CChar> {
    var value = value
    let copied = value.withUTF8 { (utf8) -> Result<UnsafeMutablePointer<CChar>, ProtobufError> in
      guard let memory = Arena.allocate(arena, utf8.count + 1) else {
        return .failure(ProtobufError(.limitExceeded, "the message needs more memory than one message may use"))
      }
      if let start = utf8.baseAddress, !utf8.isEmpty {
        guard memchr(start, 0, utf8.count) == nil else {
          return .failure(
            ProtobufError(.invalidString, "the string holds a NUL character (U+0000), which cannot be sent"))
        }
        memory.copyMemory(from: start, byteCount: utf8.count)
      }
      let text = memory.assumingMemoryBound(to: CChar.self)
      text[utf8.count] = 0
      return .success(text)
    }
    switch copied {
    case .success(let text): return text
    case .failure(let error): throw error.inside(String(describing: field))
    }
  }

  /// The address of the array's elements.
  @inlinable
  package func bytes(_ value: [UInt8]) -> UnsafeMutablePointer<UInt8>? {
    // The storage outlives the closure: see the type's comment. protobuf-c does not write through this pointer.
    value.withUnsafeBufferPointer { UnsafeMutablePointer(mutating: $0.baseAddress) }
  }

  /// The address of the array's elements, seen as the C type of equal size (`Element` is a number or an enum).
  @inlinable
  package func numbers<Element, CElement>(_ value: [Element]) -> UnsafeMutablePointer<CElement>? {
    value.withUnsafeBytes { UnsafeMutableRawPointer(mutating: $0.baseAddress)?.assumingMemoryBound(to: CElement.self) }
  }

  /// A copy of the flags as C has them.
  @usableFromInline
  package func bools(_ value: [Bool]) throws(ProtobufError) -> UnsafeMutablePointer<Int32> {
    let memory = try allocate(value.count * 4).assumingMemoryBound(to: Int32.self)
    for (index, flag) in value.enumerated() { memory[index] = flag ? 1 : 0 }
    return memory
  }

  /// NUL-terminated copies of the strings.
  @usableFromInline
  package func strings(
    _ value: [String], _ field: StaticString
  ) throws(ProtobufError) -> UnsafeMutablePointer<UnsafeMutablePointer<CChar>?> {
    let memory = try allocate(value.count * MemoryLayout<UnsafeRawPointer>.stride)
      .assumingMemoryBound(to: UnsafeMutablePointer<CChar>?.self)
    for (index, element) in value.enumerated() {
      do throws(ProtobufError) {
        memory[index] = try string(element, "")
      } catch {
        throw ProtobufError(error.code, error.message, path: "\(field)[\(index)]")
      }
    }
    return memory
  }

  /// Length and address of each array; `CBytes` is `ProtobufCBinaryData`.
  @usableFromInline
  package func byteStrings<CBytes>(_ value: [[UInt8]]) throws(ProtobufError) -> UnsafeMutablePointer<CBytes> {
    let memory = try allocate(value.count * MemoryLayout<ProtobufCBinaryData>.stride)
    let entries = memory.assumingMemoryBound(to: ProtobufCBinaryData.self)
    for (index, element) in value.enumerated() {
      entries[index] = ProtobufCBinaryData(len: element.count, data: bytes(element))
    }
    return memory.assumingMemoryBound(to: CBytes.self)
  }

  /// The C struct of a child message.
  @inlinable
  package func message<Message: ProtobufMessage, CMessage>(
    _ value: Message, _ field: StaticString
  ) throws(ProtobufError) -> UnsafeMutablePointer<CMessage> {
    let memory = try makeStruct(Message.layout)
    do throws(ProtobufError) {
      try value.copyFields(to: memory, with: self)
    } catch {
      throw error.inside(String(describing: field))
    }
    return memory.assumingMemoryBound(to: CMessage.self)
  }

  /// The C structs of child messages.
  @inlinable
  package func messages<Message: ProtobufMessage, CMessage>(
    _ value: [Message], _ field: StaticString
  ) throws(ProtobufError) -> UnsafeMutablePointer<UnsafeMutablePointer<CMessage>?> {
    let memory = try allocate(value.count * MemoryLayout<UnsafeRawPointer>.stride)
      .assumingMemoryBound(to: UnsafeMutablePointer<CMessage>?.self)
    let layout = Message.layout
    for index in value.indices {
      let child = try makeStruct(layout)
      do throws(ProtobufError) {
        try value[index].copyFields(to: child, with: self)
      } catch {
        throw error.inside(element: index).inside(String(describing: field))
      }
      memory[index] = child.assumingMemoryBound(to: CMessage.self)
    }
    return memory
  }

  /// The entries of a map, by rising key, so that equal values have equal bytes.
  @inlinable
  package func map<Key: MapKey, Value, CEntry>(
    _ value: [Key: Value], _ field: StaticString, entry layout: MessageLayout,
    _ fill: (UnsafeMutablePointer<CEntry>, Key, Value) throws(ProtobufError) -> Void
  ) throws(ProtobufError) -> UnsafeMutablePointer<UnsafeMutablePointer<CEntry>?> {
    let memory = try allocate(value.count * MemoryLayout<UnsafeRawPointer>.stride)
      .assumingMemoryBound(to: UnsafeMutablePointer<CEntry>?.self)
    var index = 0
    for (key, element) in value.sorted(by: { Key.precedes($0.key, $1.key) }) {
      let entry = try makeStruct(layout).assumingMemoryBound(to: CEntry.self)
      do throws(ProtobufError) {
        try fill(entry, key, element)
      } catch {
        throw error.inside(String(describing: field))
      }
      memory[index] = entry
      index += 1
    }
    return memory
  }

  /// Writes a message into a C struct of its type such that the struct does not point into the message's arrays.
  func copyDetached(_ message: some ProtobufMessage, to target: UnsafeMutableRawPointer) throws(ProtobufError) {
    let layout = type(of: message).layout
    var allocator = Arena.allocator(of: arena)
    let unpacked: UnsafeMutablePointer<ProtobufCMessage>?
    do {
      let bytes = try message.serializedBytes()
      unpacked = protobuf_c_message_unpack(layout.descriptor, &allocator, bytes.count, bytes)
    } catch {
      throw error as? ProtobufError ?? ProtobufError(.codecFailure, "\(layout.fullName) could not be packed")
    }
    guard let unpacked else { throw ProtobufError(.codecFailure, "\(layout.fullName) could not be unpacked") }
    target.copyMemory(from: unpacked, byteCount: layout.structSize)
  }

  /// Gives the struct the fields that its type does not know, to be written behind the known ones.
  @inlinable
  package func unknownFields(_ fields: UnknownFields, of message: UnsafeMutableRawPointer) throws(ProtobufError) {
    guard !fields.bytes.isEmpty else { return }
    try attach(fields.bytes, to: message)
  }

  @usableFromInline
  func attach(_ bytes: [UInt8], to message: UnsafeMutableRawPointer) throws(ProtobufError) {
    // protobuf-c writes an unknown field as tag, wire type and then its bytes untouched: one entry whose bytes go on
    // to the end carries all of them.
    guard let start = self.bytes(bytes), let tag = WireTag(UnsafeRawPointer(start), bytes.count) else { return }
    let base = message.assumingMemoryBound(to: ProtobufCMessage.self)
    let entry = try allocate(MemoryLayout<ProtobufCMessageUnknownField>.stride)
      .assumingMemoryBound(to: ProtobufCMessageUnknownField.self)
    entry.initialize(
      to: ProtobufCMessageUnknownField(
        tag: tag.number, wire_type: ProtobufCWireType(rawValue: UInt32(tag.wireType)), len: bytes.count - tag.size,
        data: start + tag.size))
    base.pointee.n_unknown_fields = 1
    base.pointee.unknown_fields = entry
  }
}

extension MessageWriter {
  /// Writes a field whose value is -0.0, which protobuf-c takes for 0 and leaves out, as another unknown field behind
  /// the known ones. Does nothing for other values.
  @inlinable @inline(__always)
  package func negativeZero(
    _ value: Double, field: UInt32, of message: UnsafeMutableRawPointer
  ) throws(ProtobufError) {
    guard value.bitPattern == 1 << 63 else { return }
    try appendUnknown(field: field, wireType: 1, [0, 0, 0, 0, 0, 0, 0, 0x80], to: message)
  }

  /// As for `Double`.
  @inlinable @inline(__always)
  package func negativeZero(
    _ value: Float, field: UInt32, of message: UnsafeMutableRawPointer
  ) throws(ProtobufError) {
    guard value.bitPattern == 1 << 31 else { return }
    try appendUnknown(field: field, wireType: 5, [0, 0, 0, 0x80], to: message)
  }

  @usableFromInline
  func appendUnknown(
    field: UInt32, wireType: UInt32, _ bytes: [UInt8], to message: UnsafeMutableRawPointer
  ) throws(ProtobufError) {
    let base = message.assumingMemoryBound(to: ProtobufCMessage.self)
    let count = Int(base.pointee.n_unknown_fields)
    let entries = try allocate((count + 1) * MemoryLayout<ProtobufCMessageUnknownField>.stride)
      .assumingMemoryBound(to: ProtobufCMessageUnknownField.self)
    if count > 0, let known = base.pointee.unknown_fields { entries.initialize(from: known, count: count) }
    let data = try allocate(bytes.count)
    bytes.withUnsafeBytes { data.copyMemory(from: $0.baseAddress ?? UnsafeRawPointer(data), byteCount: $0.count) }
    (entries + count).initialize(
      to: ProtobufCMessageUnknownField(
        tag: field, wire_type: ProtobufCWireType(rawValue: wireType), len: bytes.count,
        data: data.assumingMemoryBound(to: UInt8.self)))
    base.pointee.n_unknown_fields = UInt32(count + 1)
    base.pointee.unknown_fields = entries
  }
}

/// A type that a map's key may have, with the order in which entries are written.
@usableFromInline
package protocol MapKey: Hashable, Sendable {
  static func precedes(_ left: Self, _ right: Self) -> Bool
}

extension MapKey where Self: Comparable {
  @inlinable
  package static func precedes(_ left: Self, _ right: Self) -> Bool { left < right }
}

extension Int32: MapKey {}
extension Int64: MapKey {}
extension UInt32: MapKey {}
extension UInt64: MapKey {}
extension String: MapKey {}
extension Bool: MapKey {
  @inlinable
  package static func precedes(_ left: Bool, _ right: Bool) -> Bool { !left && right }
}
