internal import CProtobufC
internal import Glibc

/// Fills a C struct from its JSON form by its layout (proto3 language guide, "JSON Mapping").
struct MessageParser {
  let options: JSONOptions
  var reader: JSONReader
  private var writer: MessageWriter { reader.writer }

  init(_ options: JSONOptions, _ reader: JSONReader) {
    self.options = options
    self.reader = reader
  }

  /// Reads the next value into `message`, an initialised struct.
  mutating func message(_ message: UnsafeMutableRawPointer, _ layout: MessageLayout) throws(ProtobufError) {
    if let form = options.form(of: layout) { return try form.read(&reader, message, writer) }
    if let wellKnown = layout.wellKnown, wellKnown != .money || options.decimalMoney {
      return try self.wellKnown(wellKnown, message, layout)
    }
    try fields(message, layout, except: nil)
  }

  /// Reads an object's members into the fields of `message`; one named `except` is passed over.
  mutating func fields(
    _ message: UnsafeMutableRawPointer, _ layout: MessageLayout, except: String?
  ) throws(ProtobufError) {
    var seen = SeenFields()
    var isFirst = true
    try reader.beginObject()
    while let name = try reader.nextMember(isFirst: isFirst) {
      isFirst = false
      guard let index = layout.fieldByName.value(of: name) else {
        let text = String(decoding: name, as: UTF8.self)
        guard options.ignoresUnknown || text == except else {
          throw ProtobufError(.unknownField, "\(layout.fullName) has no such field", path: Self.shortened(text))
        }
        try reader.skip()
        continue
      }
      let field = layout.fields[index]
      do throws(ProtobufError) {
        guard seen.insert(index) else { throw ProtobufError(.duplicateField, "the field is given twice") }
        try self.field(field, message)
      } catch {
        throw error.inside(field.jsonName)
      }
    }
  }

  /// A name from outside, short enough to be shown, without what could break a line.
  static func shortened(_ name: String) -> String {
    String(name.unicodeScalars.prefix(40).map { $0.value < 0x20 || $0.value == 0x7f ? "?" : Character($0) })
  }

  mutating func field(_ field: FieldLayout, _ message: UnsafeMutableRawPointer) throws(ProtobufError) {
    if field.cardinality == .repeated {
      if try reader.peek() == .null { return try reader.null() }
      if field.isMap { try map(field, message) } else { try list(field, message) }
      return
    }
    if try reader.peek() == .null, !field.takesNull { return try reader.null() }
    let target = message + field.offset
    switch field.cardinality {
    case .oneof:
      let quantifier = message + field.quantifierOffset
      guard quantifier.load(as: UInt32.self) == 0 else {
        throw ProtobufError(.duplicateField, "another field of the same oneof is given too")
      }
      // A union: what the default of another member left there must go.
      target.initializeMemory(as: UInt8.self, repeating: 0, count: field.kind.memorySize)
      if try value(field, target) { quantifier.storeBytes(of: field.number, as: UInt32.self) }
    case .explicit:
      if try value(field, target), field.kind != .message, field.kind != .string {
        (message + field.quantifierOffset).storeBytes(of: 1, as: Int32.self)
      }
    default: _ = try value(field, target)
    }
  }

  private mutating func list(_ field: FieldLayout, _ message: UnsafeMutableRawPointer) throws(ProtobufError) {
    var elements = GrowingArray(elementSize: field.kind.memorySize, writer: writer)
    var index = 0
    try reader.beginArray()
    while try reader.nextElement(isFirst: index == 0) {
      do throws(ProtobufError) {
        if !field.takesNull, try reader.peek() == .null {
          throw ProtobufError(.invalidValue, "null cannot be an element of a list")
        }
        let slot = try elements.next()
        if try !value(field, slot) { elements.dropLast() }
      } catch {
        throw error.inside(element: index)
      }
      index += 1
    }
    elements.store(in: message, field)
  }

  private mutating func map(_ field: FieldLayout, _ message: UnsafeMutableRawPointer) throws(ProtobufError) {
    guard let layout = field.message, let key = layout.field(1), let element = layout.field(2) else { return }
    var entries = GrowingArray(elementSize: MemoryLayout<UnsafeRawPointer>.stride, writer: writer)
    var seen: Set<MapKeyValue> = []
    var isFirst = true
    try reader.beginObject()
    while let name = try reader.nextMember(isFirst: isFirst) {
      isFirst = false
      do throws(ProtobufError) {
        let entry = try writer.makeStruct(layout)
        guard seen.insert(try self.key(name, key, entry + key.offset)).inserted else {
          throw ProtobufError(.duplicateField, "the key is given twice")
        }
        if try reader.peek() == .null, !element.takesNull {
          throw ProtobufError(.invalidValue, "null cannot be a value of a map")
        }
        if try value(element, entry + element.offset) {
          try entries.next().storeBytes(of: entry, as: UnsafeMutableRawPointer.self)
        }
      } catch {
        throw error.inside("[\"\(Self.shortened(String(decoding: name, as: UTF8.self)))\"]")
      }
    }
    entries.store(in: message, field)
  }

  /// Reads one value into memory of its size.
  ///
  /// - Returns: Whether there is a value: not for an enum's unknown name that is to be ignored.
  mutating func value(_ field: FieldLayout, _ target: UnsafeMutableRawPointer) throws(ProtobufError) -> Bool {
    switch field.kind {
    case .int32, .sint32, .sfixed32: target.storeBytes(of: try integer(Int32.self), as: Int32.self)
    case .int64, .sint64, .sfixed64: target.storeBytes(of: try integer(Int64.self), as: Int64.self)
    case .uint32, .fixed32: target.storeBytes(of: try integer(UInt32.self), as: UInt32.self)
    case .uint64, .fixed64: target.storeBytes(of: try integer(UInt64.self), as: UInt64.self)
    case .float: target.storeBytes(of: try float(), as: Float.self)
    case .double: target.storeBytes(of: try double("a number that fits in 64 bits"), as: Double.self)
    case .bool: target.storeBytes(of: try reader.bool() ? 1 : 0, as: Int32.self)
    case .enum:
      guard let number = try enumeration(field) else { return false }
      target.storeBytes(of: number, as: Int32.self)
    case .string: target.storeBytes(of: try cString(try reader.rawString()), as: UnsafeMutableRawPointer.self)
    case .bytes:
      let text = try reader.rawString()
      let data = try writer.allocate(text.count).assumingMemoryBound(to: UInt8.self)
      guard let count = Base64.decode(text, into: data) else {
        throw ProtobufError(.invalidValue, "expected base64 text")
      }
      target.storeBytes(of: ProtobufCBinaryData(len: count, data: data), as: ProtobufCBinaryData.self)
    case .message:
      guard let layout = field.message else { return false }
      let child = try writer.makeStruct(layout)
      try message(child, layout)
      target.storeBytes(of: child, as: UnsafeMutableRawPointer.self)
    }
    return true
  }

  /// A NUL-terminated copy.
  func cString(_ utf8: UnsafeRawBufferPointer) throws(ProtobufError) -> UnsafeMutableRawPointer {
    if let start = utf8.baseAddress, memchr(start, 0, utf8.count) != nil {
      throw ProtobufError(.invalidString, "the string holds a NUL character (U+0000)")
    }
    let memory = try writer.allocate(utf8.count + 1)
    if let start = utf8.baseAddress { memory.copyMemory(from: start, byteCount: utf8.count) }
    memory.storeBytes(of: 0, toByteOffset: utf8.count, as: UInt8.self)
    return memory
  }

  // MARK: Numbers

  /// A number's text, written bare or, as 64-bit numbers are, in quotes.
  private mutating func numberText(
    _ expected: @autoclosure () -> String
  ) throws(ProtobufError) -> UnsafeRawBufferPointer {
    switch try reader.peek() {
    case .number: return try reader.rawNumber()
    case .string: return try reader.rawString()
    case let other: throw ProtobufError(.invalidValue, "expected \(expected()), found \(other.words)")
    }
  }

  private mutating func integer<Integer: FixedWidthInteger>(_ type: Integer.Type) throws(ProtobufError) -> Integer {
    guard let value = Self.integer(try numberText(Self.range(of: type)), as: type) else {
      throw ProtobufError(.invalidValue, "expected \(Self.range(of: type))")
    }
    return value
  }

  private static func range<Integer: FixedWidthInteger>(of type: Integer.Type) -> String {
    "an integer from \(Integer.min) to \(Integer.max)"
  }

  private static func integer<Integer: FixedWidthInteger>(
    _ text: UnsafeRawBufferPointer, as type: Integer.Type
  ) -> Integer? {
    guard JSONNumber.length(of: text) == text.count, let value = JSONNumber.integer(text) else { return nil }
    if !value.isNegative { return Integer(exactly: value.magnitude) }
    guard Integer.isSigned || value.magnitude == 0, value.magnitude <= UInt64(Int64.min.magnitude) else { return nil }
    return Integer(exactly: Int64(truncatingIfNeeded: 0 &- value.magnitude))
  }

  mutating func double(_ expected: String) throws(ProtobufError) -> Double {
    let isString = try reader.peek() == .string
    let text = try numberText(expected)
    if isString {
      if text.elementsEqual("NaN".utf8) { return .nan }
      if text.elementsEqual("Infinity".utf8) { return .infinity }
      if text.elementsEqual("-Infinity".utf8) { return -.infinity }
    }
    guard JSONNumber.length(of: text) == text.count, let value = JSONNumber.double(text) else {
      throw ProtobufError(.invalidValue, "expected \(expected)")
    }
    return value
  }

  private mutating func float() throws(ProtobufError) -> Float {
    let expected = "a number that fits in 32 bits"
    let value = try double(expected)
    let narrow = Float(value)
    guard narrow.isFinite || !value.isFinite else { throw ProtobufError(.invalidValue, "expected \(expected)") }
    return narrow
  }

  // MARK: Names

  private mutating func enumeration(_ field: FieldLayout) throws(ProtobufError) -> Int32? {
    func expected(_ found: String = "") -> ProtobufError {
      let name = field.enumeration?.fullName ?? "an enum"
      return ProtobufError(.invalidValue, "expected the name or the number of a value of \(name)\(found)")
    }
    switch try reader.peek() {
    case .null where field.takesNull:
      try reader.null()
      return 0
    case .number: return try integer(Int32.self)
    case .string:
      if let number = field.enumeration?.numberByName.value(of: try reader.rawString()) { return Int32(number) }
      if options.ignoresUnknown { return nil }
      throw expected()
    case let other: throw expected(", found \(other.words)")
    }
  }

  /// Reads a map's key, which JSON writes as a string.
  private func key(
    _ text: UnsafeRawBufferPointer, _ field: FieldLayout, _ target: UnsafeMutableRawPointer
  ) throws(ProtobufError) -> MapKeyValue {
    func number<Integer: FixedWidthInteger>(_ type: Integer.Type) throws(ProtobufError) -> MapKeyValue {
      guard let value = Self.integer(text, as: type) else {
        throw ProtobufError(.invalidValue, "expected a key that is an integer from \(Integer.min) to \(Integer.max)")
      }
      target.storeBytes(of: value, as: type)
      return .number(UInt64(truncatingIfNeeded: value))
    }
    switch field.kind {
    case .string:
      target.storeBytes(of: try cString(text), as: UnsafeMutableRawPointer.self)
      return .text(Array(text))
    case .bool:
      let value = text.elementsEqual("true".utf8)
      guard value || text.elementsEqual("false".utf8) else {
        throw ProtobufError(.invalidValue, "expected a key that is true or false")
      }
      target.storeBytes(of: value ? 1 : 0, as: Int32.self)
      return .number(value ? 1 : 0)
    case .int32, .sint32, .sfixed32: return try number(Int32.self)
    case .uint32, .fixed32: return try number(UInt32.self)
    case .int64, .sint64, .sfixed64: return try number(Int64.self)
    default: return try number(UInt64.self)
    }
  }
}

/// A map's key, to tell whether it came before.
private enum MapKeyValue: Hashable {
  case number(UInt64)
  case text([UInt8])
}

/// Which fields of a message were given.
private struct SeenFields {
  private var low: UInt64 = 0
  private var high: Set<Int> = []

  /// Notes a field; false if it was noted before.
  mutating func insert(_ index: Int) -> Bool {
    guard index < 64 else { return high.insert(index).inserted }
    let bit: UInt64 = 1 << UInt64(index)
    defer { low |= bit }
    return low & bit == 0
  }
}

/// The array of a repeated field while its length is unknown: doubles in the arena.
struct GrowingArray {
  private let elementSize: Int
  private let writer: MessageWriter
  private var start: UnsafeMutableRawPointer?
  private var count = 0
  private var capacity = 0

  init(elementSize: Int, writer: MessageWriter) {
    self.elementSize = elementSize
    self.writer = writer
  }

  /// Zeroed room for one more element.
  mutating func next() throws(ProtobufError) -> UnsafeMutableRawPointer {
    if count == capacity {
      let newCapacity = max(8, capacity * 2)
      let memory = try writer.allocate(newCapacity * elementSize)
      if let start { memory.copyMemory(from: start, byteCount: count * elementSize) }
      (start, capacity) = (memory, newCapacity)
    }
    guard let start else { throw ProtobufError(.codecFailure, "the list has no memory") }
    let slot = start + count * elementSize
    slot.initializeMemory(as: UInt8.self, repeating: 0, count: elementSize)
    count += 1
    return slot
  }

  mutating func dropLast() { count -= 1 }

  func store(in message: UnsafeMutableRawPointer, _ field: FieldLayout) {
    (message + field.quantifierOffset).storeBytes(of: count, as: Int.self)
    (message + field.offset).storeBytes(of: start, as: UnsafeMutableRawPointer?.self)
  }
}
