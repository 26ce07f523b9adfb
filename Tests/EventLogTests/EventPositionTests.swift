import MeshMessages
import MeshRPC
import PostgresClient
import Testing

@testable import EventLog
@testable import EventLogRPC

@Suite("Positions and partitions")
struct EventPositionTests {
  @Test("Positions are ordered by transaction, then by sequence")
  func order() {
    let sorted = [(0, 0), (1, 7), (2, 3), (2, 4), (10, 1)].map { EventPosition(transaction: $0.0, sequence: $0.1) }
    #expect(sorted.shuffled().sorted() == sorted)
    #expect(sorted[0] == .start)
    #expect(sorted[2].description == "2/3")
  }

  @Test("A key's partition never changes, whatever the program's version")
  func partitionIsStable() {
    #expect([0, 1, 2, 3, 1000, -1, .max, .min].map { EventPartition.of($0) } == [0, 39, 15, 54, 2, 24, 56, 32])
  }

  @Test("Consecutive ids spread over all partitions evenly")
  func partitionsAreEven() {
    var counts = [Int](repeating: 0, count: EventPartition.count)
    for key in 1...64_000 as ClosedRange<Int64> { counts[EventPartition.of(key)] += 1 }
    #expect(counts.allSatisfy { (900...1100).contains($0) })
  }

  @Test("Times cross the wire to the microsecond, before 1970 too")
  func times() {
    for microseconds in [0, 1, 1_700_000_000_123_456, -1, -1_500_000] as [Int64] {
      let time = PostgresClient.Timestamp(microseconds: microseconds)
      let message = GoogleProtobuf.Timestamp(time)
      #expect((0..<1_000_000_000).contains(message.nanos))
      #expect(message.postgresTimestamp == time)
    }
    #expect(GoogleProtobuf.Timestamp(seconds: .max, nanos: 0).postgresTimestamp == nil)
  }
}
