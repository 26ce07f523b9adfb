/// An ordered list of header fields in one buffer.
///
/// Names are lower case, as RFC 9113 §8.2 requires on the wire; pseudo-header fields (`:path` …) come first and are
/// kept here too. A block of any size costs two allocations, a lookup compares bytes and makes no strings: the request
/// path of a call reads three fields of ten and should not pay for the rest.
@usableFromInline
package struct HeaderBlock: Sendable {
  /// Where one field's bytes lie in `bytes`: the name first, the value behind it.
  @usableFromInline
  struct Slot: Sendable {
    @usableFromInline var start: UInt32
    @usableFromInline var nameLength: UInt32
    @usableFromInline var valueLength: UInt32
    @usableFromInline var isSensitive: Bool

    @inlinable
    init(start: UInt32, nameLength: UInt32, valueLength: UInt32, isSensitive: Bool) {
      self.start = start
      self.nameLength = nameLength
      self.valueLength = valueLength
      self.isSensitive = isSensitive
    }
  }

  @usableFromInline var bytes: [UInt8] = []
  @usableFromInline var slots: [Slot] = []

  package init() {}

  package init(_ fields: [(String, String)]) {
    for (name, value) in fields { append(name, value) }
  }

  /// The number of fields, pseudo-header fields included.
  package var count: Int { slots.count }
  package var isEmpty: Bool { slots.isEmpty }

  /// Sum of name and value lengths plus 32 for each field (the size that SETTINGS_MAX_HEADER_LIST_SIZE counts,
  /// RFC 9113 §6.5.2).
  package var listSize: Int { bytes.count + slots.count * 32 }

  package mutating func reserveCapacity(fields: Int, bytes count: Int) {
    slots.reserveCapacity(fields)
    bytes.reserveCapacity(count)
  }

  /// Appends a field; `name` is lower-cased, `value` is taken as it is.
  package mutating func append(_ name: String, _ value: String, isSensitive: Bool = false) {
    let start = bytes.count
    var name = name
    name.withUTF8 { for byte in $0 { bytes.append(Self.lowercased(byte)) } }
    let nameEnd = bytes.count
    var value = value
    value.withUTF8 { bytes.append(contentsOf: $0) }
    appendSlot(start: start, nameEnd: nameEnd, isSensitive: isSensitive)
  }

  /// Appends a field given as bytes; the name must be lower case already (it is when it comes from HPACK).
  package mutating func append(
    name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer, isSensitive: Bool = false
  ) {
    let start = bytes.count
    bytes.append(contentsOf: name)
    let nameEnd = bytes.count
    bytes.append(contentsOf: value)
    appendSlot(start: start, nameEnd: nameEnd, isSensitive: isSensitive)
  }

  /// Appends a field of constants; nothing is copied twice.
  package mutating func append(_ name: StaticString, _ value: StaticString) {
    append(
      name: UnsafeRawBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount),
      value: UnsafeRawBufferPointer(start: value.utf8Start, count: value.utf8CodeUnitCount))
  }

  /// Appends a field whose name may be in either case.
  mutating func append(mixedCaseName name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer) {
    let start = bytes.count
    for byte in name { bytes.append(Self.lowercased(byte)) }
    let nameEnd = bytes.count
    bytes.append(contentsOf: value)
    appendSlot(start: start, nameEnd: nameEnd, isSensitive: false)
  }

  /// Appends a field of a constant name.
  package mutating func append(_ name: StaticString, value: some Sequence<UInt8>) {
    let start = bytes.count
    bytes.append(contentsOf: UnsafeRawBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
    let nameEnd = bytes.count
    bytes.append(contentsOf: value)
    appendSlot(start: start, nameEnd: nameEnd, isSensitive: false)
  }

  /// Appends a field of a constant name.
  package mutating func append(_ name: StaticString, value: UnsafeRawBufferPointer) {
    append(
      name: UnsafeRawBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount), value: value)
  }

  /// Makes it empty and keeps its memory.
  package mutating func removeAll() {
    bytes.removeAll(keepingCapacity: true)
    slots.removeAll(keepingCapacity: true)
  }

  /// Appends every field of `other`.
  package mutating func append(contentsOf other: HeaderBlock) {
    let base = UInt32(truncatingIfNeeded: bytes.count)
    bytes.append(contentsOf: other.bytes)
    for var slot in other.slots {
      slot.start += base
      slots.append(slot)
    }
  }

  private mutating func appendSlot(start: Int, nameEnd: Int, isSensitive: Bool) {
    slots.append(
      Slot(
        start: UInt32(truncatingIfNeeded: start),
        nameLength: UInt32(truncatingIfNeeded: nameEnd - start),
        valueLength: UInt32(truncatingIfNeeded: bytes.count - nameEnd),
        isSensitive: isSensitive))
  }

  /// The first value under `name` (lower case), as text; invalid UTF-8 is repaired. Nil when there is none.
  package subscript(_ name: StaticString) -> String? {
    guard let index = firstIndex(of: name) else { return nil }
    return value(at: index)
  }

  /// The first value under `name` (any case), as text.
  package func first(named name: String) -> String? {
    var name = name.lowercased()
    return name.withUTF8 { wanted in
      for index in slots.indices where withName(at: index, { $0.elementsEqual(wanted) }) {
        return value(at: index)
      }
      return nil
    }
  }

  /// The place of the first field under `name` (lower case), or nil.
  @inlinable
  package func firstIndex(of name: StaticString) -> Int? {
    let length = name.utf8CodeUnitCount
    return bytes.withUnsafeBytes { all in
      for (index, slot) in slots.enumerated() where Int(slot.nameLength) == length {
        if Self.equal(all, Int(slot.start), name, length) { return index }
      }
      return nil
    }
  }

  package func contains(_ name: StaticString) -> Bool { firstIndex(of: name) != nil }

  /// How many fields are named `name` (lower case).
  package func count(of name: StaticString) -> Int {
    var found = 0
    for index in slots.indices where nameEquals(name, at: index) { found += 1 }
    return found
  }

  /// Whether the field at `index` is named `name` (lower case).
  @inlinable
  package func nameEquals(_ name: StaticString, at index: Int) -> Bool {
    let slot = slots[index]
    guard Int(slot.nameLength) == name.utf8CodeUnitCount else { return false }
    return bytes.withUnsafeBytes { Self.equal($0, Int(slot.start), name, Int(slot.nameLength)) }
  }

  /// Whether the first value under `name` is exactly `expected`.
  @inlinable
  package func value(of name: StaticString, equals expected: StaticString) -> Bool {
    guard let index = firstIndex(of: name) else { return false }
    let slot = slots[index]
    guard Int(slot.valueLength) == expected.utf8CodeUnitCount else { return false }
    return bytes.withUnsafeBytes {
      Self.equal($0, Int(slot.start) + Int(slot.nameLength), expected, Int(slot.valueLength))
    }
  }

  /// The length of a field's name, in bytes: most names differ there.
  @inlinable
  package func nameLength(at index: Int) -> Int { Int(slots[index].nameLength) }

  package func name(at index: Int) -> String {
    withName(at: index) { String(decoding: $0, as: UTF8.self) }
  }

  package func value(at index: Int) -> String {
    withValue(at: index) { String(decoding: $0, as: UTF8.self) }
  }

  /// Whether the field must never enter a compression table (RFC 7541 §7.1.3).
  package func isSensitive(at index: Int) -> Bool { slots[index].isSensitive }

  package func isPseudo(at index: Int) -> Bool {
    let slot = slots[index]
    return slot.nameLength > 0 && bytes[Int(slot.start)] == UInt8(ascii: ":")
  }

  @inlinable
  package func withName<R>(at index: Int, _ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
    let slot = slots[index]
    return try bytes.withUnsafeBytes {
      try body(UnsafeRawBufferPointer(rebasing: $0[Int(slot.start)..<Int(slot.start) + Int(slot.nameLength)]))
    }
  }

  @inlinable
  package func withValue<R>(at index: Int, _ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
    let slot = slots[index]
    let start = Int(slot.start) + Int(slot.nameLength)
    return try bytes.withUnsafeBytes {
      try body(UnsafeRawBufferPointer(rebasing: $0[start..<start + Int(slot.valueLength)]))
    }
  }

  /// All fields as text, in order.
  package var fields: [(name: String, value: String)] {
    slots.indices.map { (name(at: $0), value(at: $0)) }
  }

  @usableFromInline
  static func equal(_ all: UnsafeRawBufferPointer, _ start: Int, _ other: StaticString, _ count: Int) -> Bool {
    let pointer = other.utf8Start
    for offset in 0..<count where all[start + offset] != pointer[offset] { return false }
    return true
  }

  private static func lowercased(_ byte: UInt8) -> UInt8 {
    (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
  }
}

extension HeaderBlock: ExpressibleByDictionaryLiteral {
  @usableFromInline
  package init(dictionaryLiteral elements: (String, String)...) { self.init(elements) }
}

extension HeaderBlock: Equatable {
  @usableFromInline
  package static func == (lhs: HeaderBlock, rhs: HeaderBlock) -> Bool {
    lhs.count == rhs.count
      && lhs.slots.indices.allSatisfy { index in
        lhs.name(at: index) == rhs.name(at: index) && lhs.value(at: index) == rhs.value(at: index)
      }
  }
}
