internal import NIOCore
internal import RedisClient

/// The two ways to write a command, alternating, on one core and without a server.
struct CodecBenchmark {
  let operations: Int
  let key: String

  func run() throws {
    let commands = [
      ("GET", RedisCommand("GET", [.string(key)], keys: .first)),
      ("SET 100 bytes", RedisCommand("SET", [.string(key), .bytes(ByteBuffer(repeating: 120, count: 100))])),
      ("MGET 20 keys", RedisCommand("MGET", (0..<20).map { .string("\(key):\($0)") }, keys: .all)),
    ]
    for (name, command) in commands {
      var ours = Duration.zero
      var theirs = Duration.zero
      for _ in 0..<10 {
        ours += time { CommandEncoder.encode(command, into: &$0) }
        theirs += try time { try HiredisFormatter.encode(command, into: &$0) }
      }
      let count = Double(operations / 10 * 10)
      print(
        "{\"mode\": \"codec\", \"command\": \"\(name)\", \"writer_ns\": \((ours / .nanoseconds(1) / count).rounded()), "
          + "\"hiredis_ns\": \((theirs / .nanoseconds(1) / count).rounded())}")
    }
  }

  private func time<Failure: Error>(_ encode: (inout ByteBuffer) throws(Failure) -> Void) throws(Failure) -> Duration {
    var buffer = ByteBuffer()
    let start = ContinuousClock.now
    for index in 0..<operations / 10 {
      if index % 64 == 0 { buffer.clear() }
      try encode(&buffer)
    }
    return ContinuousClock.now - start
  }
}
