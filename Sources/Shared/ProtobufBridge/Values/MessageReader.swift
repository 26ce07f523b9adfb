internal import CProtobufC

/// Reads what a message's C struct points to. Generated code calls it to make a Swift value.
@usableFromInline
package enum MessageReader {
  @inlinable @inline(__always)
  package static func string(_ text: UnsafePointer<CChar>?) -> String {
    guard let text, text.pointee != 0 else { return "" }
    return String(cString: text)
  }

  @inlinable @inline(__always)
  package static func bytes(_ start: UnsafePointer<UInt8>?, _ count: Int) -> [UInt8] {
    guard let start, count > 0 else { return [] }
    return Array(UnsafeBufferPointer(start: start, count: count))
  }

  /// The elements of a repeated number or enum, seen as the Swift type of equal size.
  @inlinable @inline(__always)
  package static func numbers<Element, CElement>(_ start: UnsafePointer<CElement>?, _ count: Int) -> [Element] {
    guard let start, count > 0 else { return [] }
    let elements = UnsafeRawPointer(start).assumingMemoryBound(to: Element.self)
    return Array(UnsafeBufferPointer(start: elements, count: count))
  }

  package static func bools(_ start: UnsafePointer<Int32>?, _ count: Int) -> [Bool] {
    guard let start, count > 0 else { return [] }
    return UnsafeBufferPointer(start: start, count: count).map { $0 != 0 }
  }

  package static func strings(_ start: UnsafePointer<UnsafeMutablePointer<CChar>?>?, _ count: Int) -> [String] {
    guard let start, count > 0 else { return [] }
    return UnsafeBufferPointer(start: start, count: count).map { string($0) }
  }

  /// `CBytes` is `ProtobufCBinaryData`.
  package static func byteStrings<CBytes>(_ start: UnsafePointer<CBytes>?, _ count: Int) -> [[UInt8]] {
    guard let start, count > 0 else { return [] }
    let entries = UnsafeRawPointer(start).assumingMemoryBound(to: ProtobufCBinaryData.self)
    return UnsafeBufferPointer(start: entries, count: count).map { bytes($0.data, $0.len) }
  }

  @inlinable @inline(__always)
  package static func message<Message: ProtobufMessage, CMessage>(
    _ message: UnsafeMutablePointer<CMessage>?
  ) -> Message? {
    guard let message else { return nil }
    return Message(copying: UnsafeRawPointer(message))
  }

  @inlinable
  package static func messages<Message: ProtobufMessage, CMessage>(
    _ start: UnsafePointer<UnsafeMutablePointer<CMessage>?>?, _ count: Int
  ) -> [Message] {
    guard let start, count > 0 else { return [] }
    return [Message](unsafeUninitializedCapacity: count) { storage, initialized in
      guard let first = storage.baseAddress else { return }
      for index in 0..<count {
        guard let element = start[index] else { continue }
        (first + initialized).initialize(to: Message(copying: UnsafeRawPointer(element)))
        initialized += 1
      }
    }
  }

  /// A map's entries as a dictionary; of entries with one key the last counts (encoding guide, "Maps").
  @inlinable
  package static func map<Key: Hashable, Value, CEntry>(
    _ start: UnsafePointer<UnsafeMutablePointer<CEntry>?>?, _ count: Int,
    _ read: (UnsafeMutablePointer<CEntry>) -> (Key, Value)
  ) -> [Key: Value] {
    guard let start, count > 0 else { return [:] }
    var result = [Key: Value](minimumCapacity: count)
    for index in 0..<count {
      guard let entry = start[index] else { continue }
      let (key, value) = read(entry)
      result[key] = value
    }
    return result
  }

  /// The fields that the struct's type does not know.
  @inlinable @inline(__always)
  package static func unknownFields(of message: UnsafeRawPointer) -> UnknownFields {
    hasUnknownFields(message) ? copyUnknownFields(message) : UnknownFields()
  }

  @usableFromInline
  static func hasUnknownFields(_ message: UnsafeRawPointer) -> Bool {
    message.assumingMemoryBound(to: ProtobufCMessage.self).pointee.n_unknown_fields > 0
  }

  @usableFromInline
  static func copyUnknownFields(_ message: UnsafeRawPointer) -> UnknownFields {
    let base = message.assumingMemoryBound(to: ProtobufCMessage.self)
    var bytes: [UInt8] = []
    for index in 0..<Int(base.pointee.n_unknown_fields) {
      let field = base.pointee.unknown_fields[index]
      appendVarint(UInt64(field.tag) << 3 | UInt64(field.wire_type.rawValue), to: &bytes)
      if let data = field.data { bytes.append(contentsOf: UnsafeBufferPointer(start: data, count: field.len)) }
    }
    return UnknownFields(bytes: bytes)
  }
}
