import Glibc
import NIOCore
import RedisClient
import TestSupport
import Testing

@Suite("Memory", .timeLimit(.minutes(10)))
struct MemoryTests {
  @Test("A million commands leave memory where it was")
  func flat() async throws {
    let server = try await PrivateRedis.start()
    try await server.withClient { client async throws in
      try await client.set("k", .bytes(ByteBuffer(repeating: 7, count: 100)))
      // The first rounds fill the allocator's pools and the buffers of the connections.
      try await run(client, commands: 200_000)
      let before = try residentBytes()
      // Sanitizers are slow, keep freed memory for a while, and find leaks in their own way.
      try await run(client, commands: isSanitized ? 100_000 : 1_000_000)
      // A leak of 16 bytes a command would be twice as much.
      if !isSanitized { #expect(try residentBytes() - before < 8 << 20) }
    }
  }

  private func run(_ client: RedisClient, commands: Int) async throws {
    let batch = [RedisCommand](repeating: RedisCommand("GET", ["k"], keys: .first), count: 100)
    let answered = try await withThrowingTaskGroup(of: Int.self) { group in
      for _ in 0..<4 {
        group.addTask {
          var answered = 0
          for _ in 0..<commands / 400 {
            for reply in try await client.pipeline(batch) where try reply.get().bytes().readableBytes == 100 {
              answered += 1
            }
          }
          return answered
        }
      }
      return try await group.reduce(0, +)
    }
    #expect(answered == commands)
  }

  private func residentBytes() throws -> Int {
    let stream = try #require(fopen("/proc/self/statm", "re"))
    defer { fclose(stream) }
    var line = [CChar](repeating: 0, count: 256)
    try #require(fgets(&line, Int32(line.count), stream) != nil)
    let fields = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self).split(
      separator: " ")
    return try #require(Int(fields[1])) * Int(getpagesize())
  }

  private var isSanitized: Bool {
    dlsym(nil, "__asan_init") != nil || dlsym(nil, "__tsan_init") != nil
  }
}
