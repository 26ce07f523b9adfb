import Testing

@testable import RedisClient

@Suite("SHA-1")
struct SHA1Tests {
  @Test(
    "The digests of FIPS 180 examples and of lengths around a block",
    arguments: [
      ("", 1, "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
      ("abc", 1, "a9993e364706816aba3e25717850c26c9cd0d89d"),
      ("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1, "84983e441c3bd26ebaae4aa1f95129e5e54670f1"),
      ("a", 1_000_000, "34aa973cd4c4daa4f61eeb2bdbad27316534016f"),
      ("a", 55, "c1c8bbdc22796e28c0e15163d20899b65621d65a"),
      ("a", 64, "0098ba824b5c16427bd7a1122a5a442a25ec644d"),
    ])
  func digests(_ text: String, _ count: Int, _ digest: String) {
    #expect(SHA1.hexDigest(String(repeating: text, count: count)) == digest)
  }
}
