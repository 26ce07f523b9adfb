import Testing

@testable import Sodium

@Suite("Hashes of passwords")
struct PasswordHashTests {
  static let cost = PasswordHash.Cost(operations: 1, memory: 8192)

  @Test("a hash names its cost and its salt, and is that of one password alone")
  func hashes() throws {
    let password = Array("şifre".utf8)
    let hash = try PasswordHash.make(password, cost: Self.cost)
    #expect(hash.hasPrefix("$argon2id$v=19$m=8,t=1,p=1$"))
    #expect(try PasswordHash.make(password, cost: Self.cost) != hash)
    #expect(PasswordHash.matches(hash, password))
    #expect(!PasswordHash.matches(hash, password + [0]) && !PasswordHash.matches(hash, []))
    for damaged in ["", "x", String(hash.dropLast()), hash + "A", String(repeating: "$", count: 500)] {
      #expect(!PasswordHash.matches(damaged, password))
    }
    #expect(PasswordHash.needsRehash("no hash", cost: Self.cost))
    #expect(!PasswordHash.needsRehash(hash, cost: Self.cost))
    #expect(PasswordHash.needsRehash(hash, cost: .init(operations: 2, memory: 8192)))
    #expect(PasswordHash.needsRehash(hash, cost: .init(operations: 1, memory: 16_384)))
  }

  @Test("an empty password is one like others, and an impossible cost is an error")
  func edges() throws {
    #expect(PasswordHash.matches(try PasswordHash.make([], cost: Self.cost), []))
    for cost in [
      PasswordHash.Cost(operations: 0, memory: 8192), .init(operations: 1, memory: 0),
      .init(operations: -1, memory: -1),
    ] {
      #expect(throws: SodiumError.self) { try PasswordHash.make([1], cost: cost) }
    }
  }

  @Test("the decoy has the form and cost of a real hash, and no password")
  func decoy() throws {
    let decoy = try PasswordHash.decoy(cost: Self.cost)
    #expect(!PasswordHash.needsRehash(decoy, cost: Self.cost) && !PasswordHash.matches(decoy, Array("a".utf8)))
    #expect(decoy.utf8.count == (try PasswordHash.make([], cost: Self.cost)).utf8.count)
  }

  @Test("base64url is RFC 4648's, without padding")
  func base64() {
    for (bytes, text) in [("", ""), ("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")] {
      #expect(Base64URL.text(Array(bytes.utf8)) == text)
    }
    #expect(
      Base64URL.text([0xfb, 0xff, 0xfe]) == "-__-" && Base64URL.text([UInt8](repeating: 7, count: 32)).count == 43)
  }
}
