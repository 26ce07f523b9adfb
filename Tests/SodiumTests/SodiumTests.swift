import Testing

@testable import Sodium

@Suite("Secrets")
struct SodiumTests {
  let key = Array(UInt8(0)..<32)

  @Test("what is sealed opens in its context, with any of the keys, and not otherwise")
  func sealing() throws {
    let secret = Array("whsec_123".utf8)
    let box = try SecretBox(keys: [key])
    let sealed = try box.seal(secret, context: "channel 1")
    #expect(sealed.count == secret.count + 41)
    #expect(try box.open(sealed, context: "channel 1") == secret)
    #expect(try box.seal(secret, context: "channel 1") != sealed)
    #expect(throws: SodiumError.self) { try box.open(sealed, context: "channel 2") }
    let other = [UInt8](repeating: 9, count: 32)
    #expect(try SecretBox(keys: [other, key]).open(sealed, context: "channel 1") == secret)
    #expect(throws: SodiumError.self) { try SecretBox(keys: [other]).open(sealed, context: "channel 1") }
  }

  @Test("no damaged byte passes, and no length traps")
  func damage() throws {
    let box = try SecretBox(keys: [key])
    let sealed = try box.seal([1, 2, 3], context: "")
    for index in sealed.indices {
      var damaged = sealed
      damaged[index] ^= 1
      #expect(throws: SodiumError.self) { try box.open(damaged, context: "") }
      #expect(throws: SodiumError.self) { try box.open(Array(sealed[..<index]), context: "") }
    }
    #expect(try box.open(box.seal([], context: ""), context: "") == [])
  }

  @Test("HMAC is that of RFC 4231, cases 1, 2 and 6")
  func hmac() throws {
    func code(_ key: [UInt8], _ data: [UInt8]) throws -> String {
      Hexadecimal.text(try HMACSHA256.code(of: [Array(data.prefix(3)), Array(data.dropFirst(3))], key: key))
    }
    #expect(
      try code([UInt8](repeating: 0x0b, count: 20), Array("Hi There".utf8))
        == "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7")
    #expect(
      try code(Array("Jefe".utf8), Array("what do ya want for nothing?".utf8))
        == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
    #expect(
      try code(
        [UInt8](repeating: 0xaa, count: 131), Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8))
        == "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54")
  }

  @Test("digits and bytes are each other's inverse", arguments: ["", "00ff10", "deadbeef"])
  func hexadecimal(text: String) {
    #expect(Hexadecimal.bytes(text).map(Hexadecimal.text) == text)
    #expect(Hexadecimal.bytes(text + "0") == nil)
    #expect(Hexadecimal.bytes(text + "g0") == nil)
  }

  @Test("keys are as long as they have to be", arguments: [[], ["00"], [String(repeating: "zz", count: 32)]])
  func keys(keys: [String]) {
    #expect(throws: SodiumError.self) { try SecretBox(hexadecimalKeys: keys) }
  }

  @Test("equal is equal")
  func comparison() throws {
    #expect(ConstantTime.isEqual([1, 2], [1, 2]))
    #expect(!ConstantTime.isEqual([1, 2], [1, 3]))
    #expect(!ConstantTime.isEqual([1, 2], [1]))
    #expect(ConstantTime.isEqual([], []))
    #expect(try RandomBytes.make(32) != RandomBytes.make(32))
  }
}
