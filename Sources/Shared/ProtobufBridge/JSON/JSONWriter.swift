/// Writes JSON text (RFC 8259) without blanks; places the commas itself.
package struct JSONWriter {
  /// The text so far.
  package private(set) var bytes: [UInt8] = []
  private var needsComma = false

  package init() {}

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
  package mutating func integer(_ value: some BinaryInteger) { literal(String(value)) }

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
    for (index, byte) in utf8.enumerated() where byte < 0x20 || byte == 0x22 || byte == 0x5c {
      bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: utf8[clean..<index]))
      escape(byte)
      clean = index + 1
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
