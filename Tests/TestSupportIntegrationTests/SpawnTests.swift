import Glibc
import TestSupport
import Testing

@Suite("What a child process inherits")
struct SpawnTests {
  @Test("No descriptor of the tests lives on in a child, so that what they close is closed")
  func noDescriptors() async throws {
    var ends: [Int32] = [0, 0]
    try #require(pipe(&ends) == 0)
    let child = try TestProcess(executable: "/bin/sleep", arguments: ["600"])
    close(ends[1])
    // With the only writing end closed, the reading end is at its end; otherwise it would wait.
    var poll = pollfd(fd: ends[0], events: Int16(POLLIN), revents: 0)
    #expect(Glibc.poll(&poll, 1, 0) == 1)
    #expect(poll.revents & Int16(POLLHUP) != 0)
    close(ends[0])
    try await child.kill()
  }
}
