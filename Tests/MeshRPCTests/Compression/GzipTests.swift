import NIOCore
import Testing

@testable import MeshRPC

@Suite("Gzip")
struct GzipTests {
  /// Bytes that compress badly, the same in every run.
  static func noise(_ count: Int) -> ByteBuffer {
    var generator = SplitMix64(seed: 42)
    return ByteBuffer(bytes: (0..<count).map { _ in UInt8(truncatingIfNeeded: generator.next()) })
  }

  /// `printf 'hello' | gzip -n`, and the same as a zlib stream.
  static let helloGzip: [UInt8] = [
    0x1F, 0x8B, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x03, 0xCB, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00, 0x86, 0xA6,
    0x10, 0x36, 0x05, 0x00, 0x00, 0x00,
  ]
  static let helloDeflate: [UInt8] = [
    0x78, 0x9C, 0xCB, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00, 0x06, 0x2C, 0x02, 0x15,
  ]

  @Test("Messages of many sizes round trip", arguments: CompressionAlgorithm.allCases)
  func roundTrip(algorithm: CompressionAlgorithm) throws {
    let gzip = Gzip()
    for size in [0, 1, 2, 100, 511, 512, 513, 65_535, 65_536, 65_537, 300_000] {
      for message in [Self.noise(size), ByteBuffer(repeating: 7, count: size)] {
        let compressed = try gzip.compress(message, with: algorithm)
        #expect(try gzip.decompress(compressed, with: algorithm, limit: size) == message)
      }
    }
  }

  @Test("What other programs wrote is read")
  func foreign() throws {
    let gzip = Gzip()
    let hello = ByteBuffer(string: "hello")
    #expect(try gzip.decompress(ByteBuffer(bytes: Self.helloGzip), with: .gzip, limit: 5) == hello)
    #expect(try gzip.decompress(ByteBuffer(bytes: Self.helloDeflate), with: .deflate, limit: 5) == hello)
  }

  @Test("Compressing appends and shrinks what repeats")
  func appends() throws {
    let gzip = Gzip()
    var output = ByteBuffer(string: "head")
    try gzip.compress(ByteBuffer(repeating: 0, count: 100_000), with: .gzip, into: &output)
    #expect(output.readString(length: 4) == "head")
    #expect(output.readableBytes < 500)
    #expect(try gzip.decompress(output, with: .gzip, limit: 100_000) == ByteBuffer(repeating: 0, count: 100_000))
  }

  @Test("A message over the limit fails with RESOURCE_EXHAUSTED", arguments: CompressionAlgorithm.allCases)
  func limit(algorithm: CompressionAlgorithm) throws {
    let gzip = Gzip()
    for size in [1, 512, 1000, 65_536, 200_000] {
      let compressed = try gzip.compress(Self.noise(size), with: algorithm)
      let thrown = code { () throws(RPCError) in
        _ = try gzip.decompress(compressed, with: algorithm, limit: size - 1)
      }
      #expect(thrown == .resourceExhausted)
    }
  }

  @Test("A bomb of 64 MiB is stopped at the limit")
  func bomb() throws {
    let gzip = Gzip()
    let bomb = try gzip.compress(ByteBuffer(repeating: 0, count: 64 << 20), with: .gzip)
    #expect(bomb.readableBytes < 100_000)
    let thrown = code { () throws(RPCError) in _ = try gzip.decompress(bomb, with: .gzip, limit: 1 << 20) }
    #expect(thrown == .resourceExhausted)
    #expect(code { () throws(RPCError) in _ = try gzip.decompress(bomb, with: .gzip, limit: .max) } == nil)
  }

  @Test("A message cut short anywhere fails with INTERNAL", arguments: [CompressionAlgorithm.gzip, .deflate])
  func truncated(algorithm: CompressionAlgorithm) throws {
    let gzip = Gzip()
    let message = Self.noise(2000)
    let whole = Array(try gzip.compress(message, with: algorithm).readableBytesView)
    for end in 0..<whole.count {
      let thrown = code { () throws(RPCError) in
        _ = try gzip.decompress(ByteBuffer(bytes: whole[..<end]), with: algorithm, limit: 1 << 20)
      }
      #expect(thrown == .internal, "cut at \(end)")
    }
  }

  @Test("A flipped bit never passes unnoticed", arguments: [CompressionAlgorithm.gzip, .deflate])
  func corrupted(algorithm: CompressionAlgorithm) throws {
    let gzip = Gzip()
    let message = ByteBuffer(string: "a message of some words, words that repeat, repeat")
    let whole = Array(try gzip.compress(message, with: algorithm).readableBytesView)
    for index in whole.indices {
      for bit in 0..<8 {
        var bytes = whole
        bytes[index] ^= 1 << UInt8(bit)
        do {
          // Some bits of the gzip header (time, operating system) say nothing about the message.
          #expect(try gzip.decompress(ByteBuffer(bytes: bytes), with: algorithm, limit: 1 << 20) == message)
        } catch {
          #expect(error.code == .internal || error.code == .resourceExhausted)
        }
      }
    }
  }

  @Test("Bytes behind the end fail with INTERNAL", arguments: [CompressionAlgorithm.gzip, .deflate])
  func trailing(algorithm: CompressionAlgorithm) throws {
    let gzip = Gzip()
    for tail: [UInt8] in [[0], [0x1F], [0x1F, 0x8B], Array("more".utf8)] {
      var bytes = try gzip.compress(ByteBuffer(string: "hello"), with: algorithm)
      bytes.writeBytes(tail)
      let thrown = code { () throws(RPCError) in _ = try gzip.decompress(bytes, with: algorithm, limit: 100) }
      #expect(thrown == .internal, "tail \(tail)")
    }
  }

  @Test("gzip members that follow one another are one message, within the limit")
  func members() throws {
    let gzip = Gzip()
    let twice = ByteBuffer(bytes: Self.helloGzip + Self.helloGzip)
    #expect(try gzip.decompress(twice, with: .gzip, limit: 10) == ByteBuffer(string: "hellohello"))
    #expect(code { () throws(RPCError) in _ = try gzip.decompress(twice, with: .gzip, limit: 9) } == .resourceExhausted)
  }

  @Test("A stream that failed is not used again, and the next message is unharmed")
  func afterFailure() throws {
    let gzip = Gzip()
    let good = ByteBuffer(bytes: Self.helloGzip)
    #expect(try gzip.decompress(good, with: .gzip, limit: 10).readableBytes == 5)
    #expect(gzip.idleCounts.inflaters == 1)
    #expect(code { () throws(RPCError) in _ = try gzip.decompress(ByteBuffer(), with: .gzip, limit: 10) } == .internal)
    #expect(gzip.idleCounts.inflaters == 0)
    #expect(try gzip.decompress(good, with: .gzip, limit: 10).readableBytes == 5)
  }

  @Test("Streams are reused, and no more are kept than allowed")
  func idleLimit() async throws {
    let gzip = Gzip(level: 1, idleLimit: 2)
    for _ in 0..<10 { _ = try gzip.compress(ByteBuffer(string: "x"), with: .gzip) }
    #expect(gzip.idleCounts.deflaters == 1)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for seed in 0..<16 {
        group.addTask {
          let message = Self.noise(10_000 + seed)
          let compressed = try gzip.compress(message, with: .gzip)
          #expect(try gzip.decompress(compressed, with: .gzip, limit: 20_000) == message)
        }
      }
      try await group.waitForAll()
    }
    #expect(gzip.idleCounts.deflaters <= 2)
    #expect(gzip.idleCounts.inflaters <= 2)
    let none = Gzip(idleLimit: 0)
    _ = try none.compress(ByteBuffer(string: "x"), with: .gzip)
    #expect(none.idleCounts.deflaters == 0)
  }
}
