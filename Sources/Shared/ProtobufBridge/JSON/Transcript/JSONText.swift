/// JSON text that grows in plain memory: for values that are copied there right from the wire. Whoever writes places
/// brackets, names and commas.
package struct JSONText: ~Copyable {
  private var start: UnsafeMutablePointer<UInt8>
  private var capacity: Int
  private(set) var count = 0

  init(capacity: Int) {
    self.capacity = max(capacity, 64)
    start = .allocate(capacity: self.capacity)
  }

  deinit { start.deallocate() }

  /// What was written.
  var bytes: [UInt8] { Array(UnsafeBufferPointer(start: start, count: count)) }

  /// Whether two parts of what was written are the same.
  func isSame(_ part: Range<Int>, _ other: Range<Int>) -> Bool {
    guard part.count == other.count else { return false }
    for offset in 0..<part.count where start[part.lowerBound + offset] != start[other.lowerBound + offset] {
      return false
    }
    return true
  }

  /// Makes room for so many more bytes.
  @inline(__always)
  private mutating func reserve(_ more: Int) {
    if capacity - count < more { grow(more) }
  }

  @inline(never)
  private mutating func grow(_ more: Int) {
    capacity = max(capacity * 2, count + more)
    let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity)
    larger.update(from: start, count: count)
    start.deallocate()
    start = larger
  }

  @inline(__always)
  mutating func append(_ scalar: Unicode.Scalar) {
    reserve(1)
    start[count] = UInt8(ascii: scalar)
    count += 1
  }

  /// Appends text as it is.
  @inline(__always)
  mutating func append(_ text: UnsafePointer<UInt8>, _ length: Int) {
    reserve(length)
    (start + count).update(from: text, count: length)
    count += length
  }

  /// Appends text as it is.
  @inline(__always)
  package mutating func constant(_ text: StaticString) { append(text.utf8Start, text.utf8CodeUnitCount) }

  /// Lends room for `length` bytes to `write`, which says how many of them it has filled; nil for none.
  ///
  /// - Returns: false for nil.
  @inline(__always)
  @discardableResult
  package mutating func append(upTo length: Int, _ write: (UnsafeMutablePointer<UInt8>) -> Int?) -> Bool {
    reserve(length)
    guard let written = write(start + count) else { return false }
    count += written
    return true
  }

  @inline(__always)
  mutating func integer(_ value: Int64) {
    if value < 0 { append("-") }
    integer(value.magnitude)
  }

  mutating func integer(_ value: UInt64) {
    var length = 1
    var limit: UInt64 = 10
    while length < 20, value >= limit {
      length += 1
      limit = limit &* 10
    }
    reserve(length)
    var rest = value
    var place = count + length
    count = place
    repeat {
      place -= 1
      start[place] = UInt8(truncatingIfNeeded: 0x30 &+ rest % 10)
      rest /= 10
    } while rest > 0
  }

  /// A string of valid UTF-8 in quotes, escaped where it must be (RFC 8259 §7). Eight bytes at a time: few need it.
  package mutating func string(_ text: UnsafeRawBufferPointer) {
    reserve(text.count + 2)
    append("\"")
    if let from = text.baseAddress {
      var index = 0
      while index + 8 <= text.count {
        let word = from.loadUnaligned(fromByteOffset: index, as: UInt64.self)
        if Self.needsEscape(word) {
          for offset in index..<index + 8 { character(text[offset], left: text.count - offset) }
        } else {
          UnsafeMutableRawPointer(start + count).storeBytes(of: word, as: UInt64.self)
          count += 8
        }
        index += 8
      }
      while index < text.count {
        character(text[index], left: text.count - index)
        index += 1
      }
    }
    append("\"")
  }

  /// - Parameter left: bytes of the string from here on, for which there must be room afterwards.
  @inline(__always)
  private mutating func character(_ byte: UInt8, left: Int) {
    guard byte < 0x20 || byte == 0x22 || byte == 0x5c else {
      start[count] = byte
      count += 1
      return
    }
    escape(byte, left: left)
  }

  @inline(never)
  private mutating func escape(_ byte: UInt8, left: Int) {
    reserve(left + 6)
    append("\\")
    switch byte {
    case 0x08: append("b")
    case 0x09: append("t")
    case 0x0a: append("n")
    case 0x0c: append("f")
    case 0x0d: append("r")
    case 0x22: append("\"")
    case 0x5c: append("\\")
    default:
      constant(byte >> 4 == 0 ? "u000" : "u001")
      let digit = byte & 15
      start[count] = digit < 10 ? 0x30 + digit : 0x57 + digit
      count += 1
    }
  }

  /// Whether one of eight bytes is below 0x20, a quote or a backslash.
  @inline(__always)
  private static func needsEscape(_ word: UInt64) -> Bool {
    let ones: UInt64 = 0x0101_0101_0101_0101
    let quotes = word ^ (ones &* 0x22)
    let slashes = word ^ (ones &* 0x5c)
    let found = (word &- ones &* 0x20) & ~word | (quotes &- ones) & ~quotes | (slashes &- ones) & ~slashes
    return found & (ones &* 0x80) != 0
  }

  /// Bytes in base64 with padding, in quotes.
  mutating func base64(_ data: UnsafeRawBufferPointer) {
    var text: [UInt8] = []
    Base64.append(data, to: &text)
    append("\"")
    text.withUnsafeBufferPointer { if let from = $0.baseAddress { append(from, $0.count) } }
    append("\"")
  }

  /// A text that needs no escape.
  mutating func literal(_ text: String) {
    var text = text
    text.withUTF8 { if let from = $0.baseAddress { append(from, $0.count) } }
  }
}
