import Testing

@testable import NotifierService

@Suite("Secrets of the service")
struct SecretsTests {
  let secrets: Secrets

  init() throws { secrets = try Secrets(hexadecimalKeys: [String(repeating: "ab", count: 32)]) }

  @Test("a signing key opens where it belongs")
  func signingKey() throws {
    let (shown, sealed) = try secrets.makeSigningKey(subscriber: "a", address: "https://x.test")
    #expect(shown.hasPrefix("whsec_") && shown.count == 70)
    #expect(try secrets.openSigningKey(sealed, subscriber: "a", address: "https://x.test") == Array(shown.utf8))
    #expect(throws: (any Error).self) { try secrets.openSigningKey(sealed, subscriber: "b", address: "https://x.test") }
  }

  @Test("a code is known by its hash, and only it")
  func code() throws {
    let code = try VerificationCode.make(length: VerificationCode.typedLength)
    let hash = try secrets.hash(code)
    #expect(VerificationCode(typed: code.text.lowercased()) == code)
    #expect(secrets.isCode(code, hash: hash))
    #expect(!secrets.isCode(try .make(length: 8), hash: hash))
    let other = try Secrets(hexadecimalKeys: [String(repeating: "cd", count: 32)])
    #expect(!other.isCode(code, hash: hash))
  }

  @Test("a message with a code opens for its channel")
  func message() throws {
    let sealed = try secrets.sealMessage("kod ABC", channel: 5)
    #expect(!sealed.contains("ABC"))
    #expect(try secrets.openMessage(sealed, channel: 5) == "kod ABC")
    #expect(throws: (any Error).self) { try secrets.openMessage(sealed, channel: 6) }
    #expect(throws: (any Error).self) { try secrets.openMessage("xyz", channel: 5) }
  }

  @Test("a link's token is known by its channel and address, and only it")
  func unsubscribe() throws {
    let token = try secrets.unsubscribeToken(channel: 5, address: "a@x.test")
    #expect(token.hasPrefix("5-") && token.utf8.count == 34)
    #expect(secrets.isUnsubscribeToken(token, channel: 5, address: "a@x.test"))
    #expect(!secrets.isUnsubscribeToken(token, channel: 5, address: "b@x.test"))
    #expect(!secrets.isUnsubscribeToken(token, channel: 6, address: "a@x.test"))
    #expect(!secrets.isUnsubscribeToken(token + "0", channel: 5, address: "a@x.test"))
    let other = try Secrets(hexadecimalKeys: [String(repeating: "cd", count: 32)])
    #expect(!other.isUnsubscribeToken(token, channel: 5, address: "a@x.test"))
  }

  @Test("a signature is HMAC-SHA256 over timestamp, dot and body")
  func signature() throws {
    // By OpenSSL: printf '1700000000.{}' | openssl dgst -sha256 -hmac whsec_test
    #expect(
      try WebhookSignature.make(timestamp: 1_700_000_000, body: Array("{}".utf8), key: Array("whsec_test".utf8))
        == "v1=35495024f4ef3f94e5a93e22221544c4b75e9a42300cd965ab81cb85cd994e91")
  }
}
