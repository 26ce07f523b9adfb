import Sodium
import Testing

@Suite("Base64")
struct Base64Tests {
  @Test(
    "bytes become what RFC 4648 §10 says",
    arguments: [
      ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
      ("foobar", "Zm9vYmFy"),
    ])
  func vectors(text: String, encoded: String) { #expect(Base64.text(Array(text.utf8)) == encoded) }

  @Test("all bytes are encoded")
  func all() { #expect(Base64.text([0xfb, 0xff, 0xfe, 0x00]) == "+//+AA==") }
}
