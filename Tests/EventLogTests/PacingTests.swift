import PostgresClient
import Testing

@testable import EventLog

@Suite("Batches, pauses, shares, names")
struct PacingTests {
  private func event(_ sequence: Int64, bytes: Int = 1) -> StoredEvent {
    StoredEvent(
      position: EventPosition(transaction: 1, sequence: sequence), partition: 0, occurredAt: Timestamp(microseconds: 0),
      payload: [UInt8](repeating: 0, count: bytes))
  }

  @Test("A batch's horizon is its last event, the last batch's is as far as was looked")
  func cut() {
    let end = EventPosition(transaction: 2, sequence: 9)
    let batches = BatchCutter.cut(
      (1...5).map { event($0) }, end: end, backlog: 10, maximumCount: 2, maximumBytes: 100)
    #expect(batches.map { $0.events.map(\.position.sequence) } == [[1, 2], [3, 4], [5]])
    #expect(batches.map(\.horizon.sequence) == [2, 4, 9])
    #expect(batches.map(\.backlog) == [17, 15, 10])
    #expect(BatchCutter.cut([], end: end, backlog: 0, maximumCount: 2, maximumBytes: 100).isEmpty)
    let large = BatchCutter.cut(
      [event(1, bytes: 500), event(2)], end: end, backlog: 0, maximumCount: 9, maximumBytes: 100)
    #expect(large.map(\.events.count) == [1, 1])
  }

  @Test("A stream tells where it is at first, when it has moved, and as a sign of life")
  func pace() {
    var pace = StreamPace(EventFeedConfiguration())
    let (here, there) = (EventPosition(transaction: 1, sequence: 1), EventPosition(transaction: 1, sequence: 2))
    let now = ContinuousClock.now
    #expect(pace.isDue(here, at: now))
    pace.sent(here, at: now)
    #expect(!pace.isDue(here, at: now + .seconds(9)))
    #expect(pace.isDue(here, at: now + .seconds(10)))
    #expect(!pace.isDue(there, at: now + .milliseconds(900)))
    #expect(pace.isDue(there, at: now + .seconds(1)))
  }

  @Test("While a transaction holds rows back, a stream looks again soon, and less and less often")
  func heldBack() {
    var pace = StreamPace(EventFeedConfiguration())
    let now = ContinuousClock.now
    let pauses = (0..<12).map { _ in pace.pause(hasHeldBack: true, at: now) }
    #expect(pauses.first == .milliseconds(2))
    #expect(zip(pauses, pauses.dropFirst()).allSatisfy { $0 <= $1 })
    #expect(pauses.last == .seconds(1))
    #expect(pace.pause(hasHeldBack: false, at: now) == .seconds(1))
    #expect(pace.pause(hasHeldBack: true, at: now) == .milliseconds(2))
  }

  @Test("Shares of any number of members add up to all partitions")
  func shares() {
    for members in 1...100 {
      let shares = (0..<members).map { PartitionLeases.share(members: members, rank: $0) }
      #expect(shares.reduce(0, +) == EventPartition.count)
      #expect((shares.max() ?? 0) - (shares.min() ?? 0) <= 1)
    }
  }

  @Test("Waits double between their bounds, each drawn from its upper half")
  func retryDelay() {
    var delay = RetryDelay(.milliseconds(10)...Duration.milliseconds(100))
    var generator = SystemRandomNumberGenerator()
    for bound in [10, 20, 40, 80, 100, 100] {
      let wait = delay.next(using: &generator)
      #expect(wait >= .milliseconds(bound) / 2 && wait <= .milliseconds(bound))
    }
    for _ in 0..<100 { #expect(delay.next(using: &generator) <= .milliseconds(100)) }
    delay.reset()
    #expect(delay.next(using: &generator) <= .milliseconds(10))
  }

  @Test("A schema's name is quoted wherever it stands")
  func quoting() {
    let names = LogNames(schema: #"we"ird"#)
    #expect(names.log == #""we""ird".event_log"#)
    #expect(names.channel == #"we"ird.event_log"#)
    #expect(EventLogSchema.outbox(schema: #"we"ird"#).contains(#"CREATE TABLE "we""ird".event_log ("#))
    #expect(EventLogSchema.inbox(schema: "pricing").contains(#"CREATE TABLE "pricing".event_inbox ("#))
  }

  @Test("Time partitions are known by their names, and nothing else is taken for one")
  func partitionNames() {
    let partition = LogUpkeep.Partition(from: 86_400, to: 172_800)
    #expect(LogUpkeep.Partition(name: partition.name) == partition)
    for name in ["event_log_default", "event_log_2_1", "event_log_1", "event_log_a_b", "other_log_1_2"] {
      #expect(LogUpkeep.Partition(name: name) == nil)
    }
  }

  @Test("Settings that cannot work are refused with their names")
  func settings() {
    var feed = EventFeedConfiguration()
    feed.partitionsAhead = 0
    #expect(throws: EventLogError.self) { try feed.validate() }
    var consumer = EventConsumerConfiguration()
    consumer.leaseDuration = .zero
    let error = #expect(throws: EventLogError.self) { try consumer.validate() }
    #expect(error?.message.contains("leaseDuration") == true)
  }
}
