import Testing

@testable import MeshRPC

@Suite("Status message")
struct StatusMessageTests {
  static let pairs: [(String, String)] = [
    ("", ""),
    ("plain text, with ~ and \"quotes\"", "plain text, with ~ and \"quotes\""),
    ("100%", "100%25"),
    (
      "\t\ntest with whitespace\r\nand Unicode BMP ☺ and non-BMP 😈\t\n",
      "%09%0Atest with whitespace%0D%0Aand Unicode BMP %E2%98%BA and non-BMP %F0%9F%98%88%09%0A"
    ),
    ("\u{7F}\u{0}", "%7F%00"),
    ("İstanbul", "%C4%B0stanbul"),
  ]

  @Test("A message is encoded and comes back", arguments: pairs)
  func roundTrip(message: String, encoded: String) {
    #expect(StatusMessage.encode(message) == encoded)
    #expect(StatusMessage.decode(encoded) == message)
  }

  @Test("Every byte but 0x20...0x7E without % is encoded")
  func everyByte() {
    for byte in UInt8(0)...127 {
      let text = String(UnicodeScalar(byte))
      let isPlain = (0x20...0x7E).contains(byte) && byte != 0x25
      let hex = String(byte, radix: 16, uppercase: true)
      #expect(StatusMessage.encode(text) == (isPlain ? text : "%" + (hex.count == 1 ? "0" : "") + hex))
    }
  }

  @Test(
    "Broken encodings stay as they are",
    arguments: [
      ("%", "%"), ("%2", "%2"), ("%zz", "%zz"), ("%2G!", "%2G!"), ("50% off", "50% off"), ("%%41", "%A"),
      ("%c3%bc", "ü"), ("a%4", "a%4"), ("%41%", "A%"),
    ])
  func lenient(encoded: String, message: String) {
    #expect(StatusMessage.decode(encoded) == message)
  }

  @Test("Bytes that are not UTF-8 become replacement characters")
  func invalidUTF8() {
    #expect(StatusMessage.decode("a%FFb") == "a\u{FFFD}b")
    #expect([UInt8]([0x61, 0xFF]).withUnsafeBytes { StatusMessage.decode($0) } == "a\u{FFFD}")
  }

  @Test("A long message is cut at a character")
  func limit() {
    #expect(StatusMessage.encode("abcdef", limit: 4) == "abcd")
    #expect(StatusMessage.encode("abü", limit: 8) == "ab%C3%BC")
    #expect(StatusMessage.encode("abü", limit: 7) == "ab")
    #expect(StatusMessage.encode("ü", limit: 0) == "")
    #expect(StatusMessage.encode(String(repeating: "😈", count: 5000)).utf8.count == 4092)
  }
}
