import NIOCore
import Testing

@testable import RedisClient

@Suite("The queue while there is no connection")
struct OfflineQueueTests {
  private func at(_ milliseconds: Int64) -> NIODeadline {
    .uptimeNanoseconds(0) + .milliseconds(milliseconds)
  }

  private func add(_ id: UInt64, to queue: inout OfflineQueue<UInt64>, commands: Int = 1, bytes: Int = 1) -> Bool {
    queue.append(id: id, deadline: at(Int64(id)), commands: commands, bytes: bytes, element: id)
  }

  @Test("It refuses more commands or bytes than its bounds, and takes more once some are gone")
  func bounds() {
    var queue = OfflineQueue<UInt64>(maximumCommands: 3, maximumBytes: 100)
    #expect(add(1, to: &queue, commands: 2, bytes: 10))
    #expect(!add(2, to: &queue, commands: 2, bytes: 10))
    #expect(!add(3, to: &queue, bytes: 91))
    #expect(add(4, to: &queue, bytes: 90))
    #expect(!add(5, to: &queue, bytes: 0))
    #expect(queue.cancel([1]) == [1])
    #expect(add(6, to: &queue, commands: 2, bytes: 10))
    #expect(queue.removeAll() == [4, 6])
    #expect(queue.isEmpty && queue.commands == 0 && queue.bytes == 0)
  }

  @Test("Those whose time is over leave it, the others keep their order")
  func expiry() {
    var queue = OfflineQueue<UInt64>(maximumCommands: 10, maximumBytes: 100)
    for id: UInt64 in [5, 1, 4, 2, 3] { #expect(add(id, to: &queue)) }
    #expect(queue.earliestDeadline == at(1))
    #expect(queue.expire(at: at(2)) == [1, 2])
    #expect(queue.earliestDeadline == at(3))
    #expect(queue.removeAll() == [5, 4, 3])
    #expect(queue.earliestDeadline == nil)
  }
}
