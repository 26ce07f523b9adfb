/// A number for what makes one list another, the same in every process and version: FNV-1a over its parts, with U+001F
/// between them.
struct ListFingerprint {
  private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325
  private var isEmpty = true

  mutating func add(_ part: String) {
    separate()
    append(part)
  }

  /// Several words as one part, with blanks between them.
  mutating func add(_ words: [String]) {
    separate()
    for (index, word) in words.enumerated() {
      if index > 0 { append(UInt8(ascii: " ")) }
      append(word)
    }
  }

  private mutating func separate() {
    if !isEmpty { append(0x1F) }
    isEmpty = false
  }

  private mutating func append(_ text: String) {
    for byte in text.utf8 { append(byte) }
  }

  private mutating func append(_ byte: UInt8) {
    value = (value ^ UInt64(byte)) &* 0x100_0000_01b3
  }
}
