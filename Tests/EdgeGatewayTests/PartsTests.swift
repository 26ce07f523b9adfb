import HTTPTypes
import NIOCore
import Sodium
import Testing

@testable import EdgeGateway

@Suite("Amounts of money")
struct AmountTests {
  @Test(
    "Minor units and text, with the currency's own decimals",
    arguments: [
      (129_900, "TRY", "1299.00"), (5, "TRY", "0.05"), (-5, "TRY", "-0.05"), (0, "TRY", "0.00"), (1299, "JPY", "1299"),
      (0, "JPY", "0"), (1234, "KWD", "1.234"), (7, "KWD", "0.007"), (12_345, "CLF", "1.2345"),
      (Int64.min, "JPY", "-9223372036854775808"),
    ])
  func text(units: Int64, currency: String, text: String) {
    #expect(CurrencyAmount.text(units, currency) == text)
    if units != Int64.min { #expect(CurrencyAmount.minorUnits(text, currency) == units) }
  }

  @Test(
    "Fewer decimals are filled up, more are refused, and so is what is no amount",
    arguments: [
      ("1299", "TRY", 129_900), ("1299.5", "TRY", 129_950), ("1299.500", "TRY", nil), ("1.0", "JPY", nil),
      ("1.2345", "KWD", nil), ("", "TRY", nil), (".5", "TRY", nil), ("5.", "TRY", nil), ("1e3", "TRY", nil),
      ("1,5", "TRY", nil), ("٣", "TRY", nil), ("+1", "TRY", nil), ("--1", "TRY", nil), ("1.2.3", "TRY", nil),
      ("999999999999999999", "TRY", nil), ("99999999999999999999", "JPY", nil), ("0x10", "TRY", nil),
    ] as [(String, String, Int64?)])
  func read(text: String, currency: String, units: Int64?) {
    #expect(CurrencyAmount.minorUnits(text, currency) == units)
  }
}

@Suite("Tokens")
struct TokenTests {
  @Test(
    "SHA-256 gives what FIPS 180 gives",
    arguments: [
      ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
      ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
      (
        "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
      ),
    ])
  func sha256(text: String, expected: String) {
    let hex = SHA256.hash(Array(text.utf8)).map { byte in
      let digits = String(byte, radix: 16)
      return digits.count == 1 ? "0" + digits : digits
    }
    #expect(hex.joined() == expected)
  }

  @Test("Tokens tell who asks; short or nameless ones are refused without being shown")
  func tokens() throws {
    let tokens = try AccessTokens(subscribers: ["ayse:0123456789abcdef", "can:fedcba9876543210"], admin: nil)
    #expect(tokens.principal(of: "fedcba9876543210") == Principal(subscriber: "can"))
    #expect(tokens.principal(of: "fedcba987654321") == nil)
    #expect(tokens.principal(of: "") == nil)
    for entry in ["short:0123", ":0123456789abcdef", "0123456789abcdef"] {
      let error = #expect(throws: (any Error).self) { try AccessTokens(subscribers: [entry], admin: nil) }
      #expect(error.map { "\($0)" }?.contains("0123") == false)
    }
  }

  @Test(
    "Only a bearer token counts",
    arguments: [
      ("Bearer abc", "abc"), ("bearer  abc", "abc"), ("Basic abc", nil), ("Bearer", nil), ("Bearer a b", nil),
      ("", nil),
    ] as [(String, String?)])
  func bearer(header: String, token: String?) { #expect(Authentication.bearer(header) == token) }
}

@Suite("Labels")
struct LabelTests {
  @Test("Methods that strangers make up are one label")
  func methods() throws {
    let made = try #require(HTTPRequest.Method("BREW"))
    #expect(HTTPMetrics.label(made) == "other" && HTTPMetrics.label(.patch) == "PATCH")
  }
}

@Suite("Entity tags")
struct EntityTagTests {
  @Test("Equal bodies have equal tags, others have others")
  func tags() {
    let bodies = ["", "a", "b", "ab", "ba", "aaaaaaaa", "aaaaaaab", "aaaaaaaaa", "aaaaaaaa\0"].map {
      EntityTag.of(.init(string: $0))
    }
    #expect(Set(bodies).count == bodies.count)
    #expect(EntityTag.of(.init(string: "kulaklık")) == EntityTag.of(.init(string: "kulaklık")))
  }

  @Test(
    "If-None-Match is compared weakly, as a list",
    arguments: [
      ("W/\"x\"", true), ("\"x\"", true), ("\"a\", W/\"x\"", true), ("*", true), ("\"y\"", false), ("", false),
      ("x", false),
    ])
  func matches(list: String, expected: Bool) { #expect(EntityTag.matches(list, "W/\"x\"") == expected) }
}
