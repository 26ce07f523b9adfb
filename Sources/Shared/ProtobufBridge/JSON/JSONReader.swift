/// Reads JSON text (RFC 8259) strictly, piece by piece. Valid only inside the call that hands it out.
///
/// Strict: no comments, no trailing commas, no leading zeros or plus signs, no control characters in strings, no lone
/// surrogates, UTF-8 only, nothing behind the value.
package struct JSONReader {
  private let bytes: UnsafeBufferPointer<UInt8>
  /// The place of the next byte.
  private(set) var position = 0
  private let maximumDepth: Int
  private var depth = 0
  /// Where strings with escapes are put together.
  let writer: MessageWriter

  init(_ bytes: UnsafeRawBufferPointer, maximumDepth: Int, writer: MessageWriter) {
    self.bytes = bytes.assumingMemoryBound(to: UInt8.self)
    self.maximumDepth = maximumDepth
    self.writer = writer
  }

  /// What kind of value comes next.
  package enum Token: Sendable {
    case object, array, string, number, bool, null

    var words: String {
      switch self {
      case .object: "an object"
      case .array: "an array"
      case .string: "a string"
      case .number: "a number"
      case .bool: "a boolean"
      case .null: "null"
      }
    }
  }

  // MARK: Values

  /// The kind of the next value, which stays unread.
  package mutating func peek() throws(ProtobufError) -> Token {
    skipBlanks()
    guard position < bytes.count else { throw malformed("the text ends where a value should be") }
    switch bytes[position] {
    case UInt8(ascii: "{"): return .object
    case UInt8(ascii: "["): return .array
    case UInt8(ascii: "\""): return .string
    case UInt8(ascii: "t"), UInt8(ascii: "f"): return .bool
    case UInt8(ascii: "n"): return .null
    case UInt8(ascii: "-"), 0x30...0x39: return .number
    default: throw malformed("there is no value")
    }
  }

  package mutating func bool() throws(ProtobufError) -> Bool {
    try expect(.bool)
    let value = bytes[position] == UInt8(ascii: "t")
    try literal(value ? "true" : "false")
    return value
  }

  package mutating func null() throws(ProtobufError) {
    try expect(.null)
    try literal("null")
  }

  /// A string. It may hold NUL characters.
  package mutating func string() throws(ProtobufError) -> String {
    String(decoding: try rawString(), as: UTF8.self)
  }

  /// A number as it is written.
  package mutating func number() throws(ProtobufError) -> String {
    String(decoding: try rawNumber(), as: UTF8.self)
  }

  /// Reads an object; `member` is called with each name and must read its value.
  package mutating func object(
    _ member: (inout JSONReader, String) throws(ProtobufError) -> Void
  ) throws(ProtobufError) {
    try rawObject { (reader, name) throws(ProtobufError) in
      try member(&reader, String(decoding: name, as: UTF8.self))
    }
  }

  /// Reads an array; `element` is called for each element, with its index, and must read it.
  package mutating func array(
    _ element: (inout JSONReader, Int) throws(ProtobufError) -> Void
  ) throws(ProtobufError) {
    try beginArray()
    var index = 0
    while try nextElement(isFirst: index == 0) {
      try element(&self, index)
      index += 1
    }
  }

  /// Reads a value of any kind and forgets it.
  package mutating func skip() throws(ProtobufError) {
    switch try peek() {
    case .object: try rawObject { (reader, _) throws(ProtobufError) in try reader.skip() }
    case .array: try array { (reader, _) throws(ProtobufError) in try reader.skip() }
    case .string: _ = try rawString()
    case .number: _ = try rawNumber()
    case .bool: _ = try bool()
    case .null: try null()
    }
  }

  /// - Throws: `.malformedJSON` if anything but blanks is left.
  mutating func end() throws(ProtobufError) {
    skipBlanks()
    guard position == bytes.count else { throw malformed("there is more behind the value") }
  }

  // MARK: Raw pieces

  /// As `object`, with the name as UTF-8 that is valid until the next read.
  mutating func rawObject(
    _ member: (inout JSONReader, UnsafeRawBufferPointer) throws(ProtobufError) -> Void
  ) throws(ProtobufError) {
    try beginObject()
    var isFirst = true
    while let name = try nextMember(isFirst: isFirst) {
      isFirst = false
      try member(&self, name)
    }
  }

  /// Steps into an object, whose members `nextMember` gives.
  mutating func beginObject() throws(ProtobufError) {
    try expect(.object)
    try enter()
  }

  /// The name of the object's next member, whose value must be read then; nil behind the last. The name is UTF-8 that
  /// is valid until the next read.
  mutating func nextMember(isFirst: Bool) throws(ProtobufError) -> UnsafeRawBufferPointer? {
    guard try next(closing: UInt8(ascii: "}"), isFirst: isFirst) else { return nil }
    skipBlanks()
    guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else {
      throw malformed("a member's name should be here, in double quotes")
    }
    let name = try rawString()
    skipBlanks()
    guard position < bytes.count, bytes[position] == UInt8(ascii: ":") else {
      throw malformed("a colon should follow the member's name")
    }
    position += 1
    return name
  }

  /// Steps into an array.
  mutating func beginArray() throws(ProtobufError) {
    try expect(.array)
    try enter()
  }

  /// Whether the array has another element, which must be read then.
  mutating func nextElement(isFirst: Bool) throws(ProtobufError) -> Bool {
    try next(closing: UInt8(ascii: "]"), isFirst: isFirst)
  }

  /// The characters of a string as UTF-8: a part of the text where nothing is escaped, else in the arena.
  mutating func rawString() throws(ProtobufError) -> UnsafeRawBufferPointer {
    try expect(.string)
    position += 1
    let start = position
    var allBits: UInt8 = 0
    while position < bytes.count {
      let byte = bytes[position]
      if byte == UInt8(ascii: "\"") {
        let content = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(bytes)[start..<position])
        if allBits >= 0x80 { try checkUTF8(content) }
        position += 1
        return content
      }
      allBits |= byte
      if byte == UInt8(ascii: "\\") { return try escapedString(from: start) }
      guard byte >= 0x20 else { throw malformed("a control character in a string must be escaped") }
      position += 1
    }
    throw malformed("the text ends inside a string")
  }

  private mutating func escapedString(from start: Int) throws(ProtobufError) -> UnsafeRawBufferPointer {
    // Unescaped text is never longer than the escaped one; find the end first, so that no more is taken than needed.
    var end = position
    while end < bytes.count, bytes[end] != UInt8(ascii: "\"") { end += bytes[end] == UInt8(ascii: "\\") ? 2 : 1 }
    guard end < bytes.count else { throw malformed("the text ends inside a string") }
    let output = try writer.allocate(end - start).assumingMemoryBound(to: UInt8.self)
    var count = 0
    for index in start..<position {
      output[count] = bytes[index]
      count += 1
    }
    while position < end {
      let byte = bytes[position]
      position += 1
      guard byte == UInt8(ascii: "\\") else {
        guard byte >= 0x20 else { throw malformed("a control character in a string must be escaped") }
        output[count] = byte
        count += 1
        continue
      }
      let escape = bytes[position]
      position += 1
      switch escape {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): output[count] = escape
      case UInt8(ascii: "b"): output[count] = 0x08
      case UInt8(ascii: "f"): output[count] = 0x0c
      case UInt8(ascii: "n"): output[count] = 0x0a
      case UInt8(ascii: "r"): output[count] = 0x0d
      case UInt8(ascii: "t"): output[count] = 0x09
      case UInt8(ascii: "u"):
        for unit in UTF8.encode(try escapedScalar()) ?? UTF8.encodedReplacementCharacter {
          output[count] = unit
          count += 1
        }
        continue
      default: throw malformed("a backslash is followed by a letter that JSON does not have")
      }
      count += 1
    }
    position += 1
    let content = UnsafeRawBufferPointer(start: output, count: count)
    try checkUTF8(content)
    return content
  }

  /// The character of `\uXXXX` or of two such for a surrogate pair; the first `\u` is read.
  private mutating func escapedScalar() throws(ProtobufError) -> Unicode.Scalar {
    let first = try hexadecimal()
    if let scalar = Unicode.Scalar(first) { return scalar }
    guard first < 0xdc00, position + 6 <= bytes.count, bytes[position] == UInt8(ascii: "\\"),
      bytes[position + 1] == UInt8(ascii: "u")
    else { throw malformed("a surrogate stands alone") }
    position += 2
    let second = try hexadecimal()
    guard (0xdc00..<0xe000).contains(second),
      let scalar = Unicode.Scalar(0x10000 + (first - 0xd800) << 10 + (second - 0xdc00))
    else { throw malformed("a surrogate stands alone") }
    return scalar
  }

  private mutating func hexadecimal() throws(ProtobufError) -> UInt32 {
    guard position + 4 <= bytes.count else { throw malformed("the text ends inside a string") }
    var value: UInt32 = 0
    for _ in 0..<4 {
      let digit = bytes[position]
      position += 1
      switch digit {
      case 0x30...0x39: value = value << 4 | UInt32(digit - 0x30)
      case 0x41...0x46: value = value << 4 | UInt32(digit - 0x41 + 10)
      case 0x61...0x66: value = value << 4 | UInt32(digit - 0x61 + 10)
      default: throw malformed("\\u needs four hexadecimal digits")
      }
    }
    return value
  }

  private func checkUTF8(_ content: UnsafeRawBufferPointer) throws(ProtobufError) {
    guard let start = content.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return }
    if UTF8Check.verdict(start, content.count, allowsNUL: true) == .malformed {
      throw malformed("a string is not valid UTF-8")
    }
  }

  /// A number's characters.
  mutating func rawNumber() throws(ProtobufError) -> UnsafeRawBufferPointer {
    try expect(.number)
    let rest = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(bytes)[position...])
    guard let length = JSONNumber.length(of: rest) else { throw malformed("a number is not written as JSON has it") }
    position += length
    return UnsafeRawBufferPointer(rebasing: rest[..<length])
  }

  // MARK: Pieces of grammar

  private mutating func expect(_ token: Token) throws(ProtobufError) {
    let found = try peek()
    guard found == token else {
      throw ProtobufError(.invalidValue, "expected \(token.words), found \(found.words)")
    }
  }

  private mutating func literal(_ text: StaticString) throws(ProtobufError) {
    let count = text.utf8CodeUnitCount
    guard position + count <= bytes.count,
      UnsafeBufferPointer(rebasing: bytes[position..<position + count])
        .elementsEqual(UnsafeBufferPointer(start: text.utf8Start, count: count))
    else { throw malformed("there is no value") }
    position += count
  }

  /// Steps over an opening bracket.
  private mutating func enter() throws(ProtobufError) {
    position += 1
    depth += 1
    guard depth <= maximumDepth else {
      throw ProtobufError(.limitExceeded, "objects and arrays are nested more than \(maximumDepth) deep")
    }
  }

  /// Steps over a comma or a closing bracket; tells whether another element follows.
  private mutating func next(closing: UInt8, isFirst: Bool) throws(ProtobufError) -> Bool {
    skipBlanks()
    guard position < bytes.count else { throw malformed("the text ends inside an object or array") }
    if bytes[position] == closing {
      position += 1
      depth -= 1
      return false
    }
    if isFirst { return true }
    guard bytes[position] == UInt8(ascii: ",") else { throw malformed("a comma or a closing bracket should be here") }
    position += 1
    return true
  }

  private mutating func skipBlanks() {
    while position < bytes.count {
      switch bytes[position] {
      case 0x20, 0x09, 0x0a, 0x0d: position += 1
      default: return
      }
    }
  }

  func malformed(_ problem: String) -> ProtobufError {
    ProtobufError(.malformedJSON, "not JSON at byte \(position): \(problem)")
  }
}
