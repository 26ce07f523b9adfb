import Glibc
import TestSupport
import Testing

@Suite("What a killed test process leaves behind")
struct ProcessGuardTests {
  @Test("Servers and directories are gone soon after a test process was killed", .timeLimit(.minutes(2)))
  func killed() async throws {
    // The child knows its parent's id only, so that names the file.
    let file = "/tmp/fiyat-guard-\(getpid())"
    defer { unlink(file) }
    await #expect(processExitsWith: .signal(SIGKILL)) {
      let postgres = try await PrivatePostgres.start()
      let redis = try await PrivateRedis.start()
      try await redis.pause()
      let directory = try TemporaryDirectory(prefix: "guard")
      try directory.write("x", to: "file")
      let lines = [postgres.directory, directory.path, redis.socketPath].joined(separator: "\n")
      guard let stream = fopen("/tmp/fiyat-guard-\(getppid())", "we") else { return }
      fputs(lines, stream)
      fclose(stream)
      kill(getpid(), SIGKILL)
    }
    let stream = try #require(fopen(file, "re"))
    defer { fclose(stream) }
    var buffer = [CChar](repeating: 0, count: 4096)
    var paths: [String] = []
    while fgets(&buffer, Int32(buffer.count), stream) != nil {
      let line = buffer.prefix { $0 != 0 && $0 != 10 }
      paths.append(String(decoding: line.map { UInt8(bitPattern: $0) }, as: UTF8.self))
    }
    try #require(paths.count == 3)
    for path in paths {
      try await waitUntil("\(path) is gone") { access(path, F_OK) != 0 }
      try await waitUntil("no process mentions \(path)") {
        try await TestProcess.run("/usr/bin/pgrep", ["-f", "--", path]).status == 1
      }
    }
  }
}
