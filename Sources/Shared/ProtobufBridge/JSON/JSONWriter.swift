/// Writes JSON text (RFC 8259) without blanks; places the commas itself.
package struct JSONWriter {
  /// The text so far.
  package private(set) var bytes: [UInt8] = []
  private var needsComma = false

  package init() {}

  mutating func reserveCapacity(_ count: Int) { bytes.reserveCapacity(count) }

  package mutating func beginObject() { open("{") }
  package mutating func endObject() { close("}") }
  package mutating func beginArray() { open("[") }
  package mutating func endArray() { close("]") }

  /// The name of the next member of an object.
  package mutating func name(_ name: String) {
    string(name)
    append(":")
    needsComma = false
  }

  package mutating func string(_ value: String) {
    var value = value
    value.withUTF8 { string(UnsafeRawBufferPointer($0)) }
  }

  package mutating func bool(_ value: Bool) { literal(value ? "true" : "false") }
  package mutating func null() { literal("null") }

  /// An integer as a JSON number: readers with binary floating point keep it exact up to 2^53.
  package mutating func integer(_ value: some FixedWidthInteger) {
    separate()
    digits(value)
    needsComma = true
  }

  /// A number with a fraction, in the shortest text that reads back as the same; null for what JSON has no number for.
  package mutating func number(_ value: Double) {
    if value.isFinite { literal(JSONNumber.text(value)) } else { null() }
  }

  /// A 64-bit integer in quotes, as proto3 JSON has them: exact for every reader.
  mutating func quotedInteger(_ value: some FixedWidthInteger) {
    separate()
    append("\"")
    digits(value)
    append("\"")
    needsComma = true
  }

  private mutating func digits(_ value: some FixedWidthInteger) {
    if value < 0 { append("-") }
    var rest = UInt64(truncatingIfNeeded: value.magnitude)
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { buffer in
      var start = 20
      repeat {
        start -= 1
        buffer[start] = UInt8(truncatingIfNeeded: 0x30 + rest % 10)
        rest /= 10
      } while rest > 0
      bytes.append(contentsOf: buffer[start...])
    }
  }

  /// A name with its quotes and colon, made before.
  mutating func preparedName(_ name: [UInt8]) {
    separate()
    bytes.append(contentsOf: name)
    needsComma = false
  }

  /// Digits, or another text that needs no escape, as it is.
  mutating func literal(_ text: String) {
    separate()
    bytes.append(contentsOf: text.utf8)
    needsComma = true
  }

  /// Digits, or another text that needs no escape, in quotes.
  mutating func quotedLiteral(_ text: String) {
    separate()
    append("\"")
    bytes.append(contentsOf: text.utf8)
    append("\"")
    needsComma = true
  }

  /// A string of valid UTF-8.
  mutating func string(_ utf8: UnsafeRawBufferPointer) {
    separate()
    append("\"")
    var clean = 0
    var index = 0
    while index < utf8.count {
      let byte = utf8[index]
      if byte < 0x20 || byte == 0x22 || byte == 0x5c {
        bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: utf8[clean..<index]))
        escape(byte)
        clean = index + 1
      }
      index += 1
    }
    bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: utf8[clean...]))
    append("\"")
    needsComma = true
  }

  /// Bytes in base64 with padding (RFC 4648 §4), as proto3 JSON has them.
  mutating func base64(_ data: UnsafeRawBufferPointer) {
    separate()
    append("\"")
    Base64.append(data, to: &bytes)
    append("\"")
    needsComma = true
  }

  private mutating func escape(_ byte: UInt8) {
    append("\\")
    switch byte {
    case 0x08: append("b")
    case 0x09: append("t")
    case 0x0a: append("n")
    case 0x0c: append("f")
    case 0x0d: append("r")
    case 0x22, 0x5c: bytes.append(byte)
    default:
      let digits = Array("0123456789abcdef".utf8)
      bytes.append(contentsOf: "u00".utf8)
      bytes.append(digits[Int(byte >> 4)])
      bytes.append(digits[Int(byte & 15)])
    }
  }

  private mutating func open(_ bracket: Unicode.Scalar) {
    separate()
    append(bracket)
    needsComma = false
  }

  private mutating func close(_ bracket: Unicode.Scalar) {
    append(bracket)
    needsComma = true
  }

  private mutating func separate() {
    if needsComma { append(",") }
  }

  @inline(__always)
  private mutating func append(_ scalar: Unicode.Scalar) { bytes.append(UInt8(ascii: scalar)) }
}
