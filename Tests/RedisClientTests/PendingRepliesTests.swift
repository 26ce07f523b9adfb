import NIOCore
import Testing

@testable import RedisClient

@Suite("The queue of awaited replies")
struct PendingRepliesTests {
  private func at(_ milliseconds: Int64) -> NIODeadline {
    .uptimeNanoseconds(0) + .milliseconds(milliseconds)
  }

  private func queue(_ deadlines: [Int64]) -> PendingReplies<Int> {
    var queue = PendingReplies<Int>()
    for (index, deadline) in deadlines.enumerated() {
      queue.append(id: UInt64(index), written: at(Int64(index)), deadline: at(deadline), completion: index)
    }
    return queue
  }

  @Test("Replies go to commands in order, and a reply too many finds none")
  func order() {
    var queue = queue([10, 10, 10])
    #expect(queue.takeReply()?.completion == 0)
    #expect(queue.takeReply()?.completion == 1)
    #expect(queue.takeReply()?.completion == 2)
    #expect(queue.takeReply() == nil)
  }

  @Test("A timed-out command keeps its place, so its late reply goes to nobody else")
  func timeout() throws {
    var queue = queue([30, 10, 20])
    #expect(queue.expire(at: at(9)).isEmpty)
    #expect(queue.expire(at: at(20)) == [1, 2])
    #expect(queue.expire(at: at(20)).isEmpty, "completed twice")
    #expect(queue.count == 3)
    #expect(queue.takeReply()?.completion == 0)
    let next = queue.takeReply()
    let late = try #require(next)
    #expect(late.completion == nil)
  }

  @Test("A cancelled command leaves its neighbours alone")
  func cancellation() {
    var queue = queue([10, 10, 10])
    #expect(queue.cancel([1, 77]) == [1])
    #expect(queue.cancel([1]).isEmpty)
    #expect(queue.takeReply()?.completion == 0)
    #expect(queue.takeReply()?.completion == nil)
    #expect(queue.takeReply()?.completion == 2)
  }

  @Test("The earliest deadline is never too late")
  func earliestDeadline() {
    var queue = queue([30, 10, 20])
    #expect(queue.earliestDeadline == at(10))
    _ = queue.expire(at: at(10))
    #expect(queue.earliestDeadline == at(20))
    _ = queue.cancel([2])
    #expect(queue.earliestDeadline == at(30))
    _ = queue.cancel([0])
    #expect(queue.earliestDeadline == nil)
  }

  @Test("The end of a connection yields each live command once")
  func end() {
    var queue = queue([10, 20, 30])
    _ = queue.takeReply()
    _ = queue.cancel([1])
    #expect(queue.removeAll() == [2])
    #expect(queue.count == 0 && queue.oldestWritten == nil)
    #expect(queue.removeAll().isEmpty)
  }

  @Test("A batch keeps one place until its last reply, with a completion or without")
  func batch() {
    var queue = PendingReplies<Int>()
    queue.append(id: 1, written: at(0), deadline: at(10), replies: 3, completion: 1)
    queue.append(id: 2, written: at(1), deadline: at(20), completion: 2)
    #expect(queue.count == 4)
    #expect(queue.takeReply()?.completion == 1)
    #expect(queue.expire(at: at(10)) == [1])
    #expect(queue.takeReply()?.written == at(0))
    let last = queue.takeReply()
    #expect(last?.written == at(0) && last?.completion == nil)
    #expect(queue.count == 1)
    #expect(queue.takeReply()?.completion == 2)
    #expect(queue.takeReply() == nil)
  }

  @Test("Replies that come together are split by the places that they belong to")
  func together() {
    var queue = PendingReplies<Int>()
    queue.append(id: 1, written: at(0), deadline: at(10), replies: 3, completion: 1)
    queue.append(id: 2, written: at(1), deadline: at(20), completion: 2)
    queue.append(id: 3, written: at(2), deadline: at(30), replies: 2, completion: 3)
    var taken: [[Int]] = []
    func take(_ limit: Int) -> Int {
      queue.takeReplies(upTo: limit) { completion, _, count in taken.append([completion ?? 0, count]) }
    }
    #expect(take(2) == 2)
    #expect(queue.cancel([3]) == [3])
    #expect(take(5) == 1)
    #expect(take(4) == 1)
    #expect(queue.count == 2 && queue.oldestWritten == at(2))
    #expect(take(3) == 2)
    #expect(take(1) == 0)
    #expect(taken == [[1, 2], [1, 1], [2, 1], [0, 2]])
  }
}

/// What the next reply found.
private struct Taken: Equatable {
  var completion: Int?
  var written: NIODeadline
}

extension PendingReplies where Completion == Int {
  fileprivate mutating func takeReply() -> Taken? {
    var taken: Taken?
    let count = takeReplies(upTo: 1) { completion, written, _ in
      taken = Taken(completion: completion, written: written)
    }
    return count == 1 ? taken : nil
  }
}
