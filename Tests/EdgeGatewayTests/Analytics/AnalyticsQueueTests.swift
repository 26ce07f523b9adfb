import MeshMessages
import OutboundHTTP
import PostgresClient
import Synchronization
import Testing

@testable import EdgeGateway

@Suite("Events on their way") struct AnalyticsQueueTests {
  private static func events(_ count: Int, from subject: RateSubject = RateSubject(key: 1)) -> [AnalyticsEvent] {
    let event = AnalyticsEvent(
      at: Timestamp(microseconds: 0), kind: .pageView, mark: VisitorMark(subject, agent: "x"))
    return Array(repeating: event, count: count)
  }

  @Test("A batch stays the same until it is written, and what came later is the next one")
  func batches() throws {
    let queue = AnalyticsQueue(now: { 0 })
    #expect(queue.take() == nil)
    queue.add(Self.events(2), from: RateSubject(key: 1))
    let first = try #require(queue.take())
    queue.add(Self.events(3), from: RateSubject(key: 1))
    let again = try #require(queue.take())
    #expect(again.id == first.id && again.events.count == 2)
    queue.finish()
    let second = try #require(queue.take())
    #expect(second.id != first.id && second.events.count == 3)
    #expect(queue.abandon() == 3 && queue.take() == nil)
  }

  @Test("A full queue takes nothing more, also while a batch is in hand")
  func full() {
    let queue = AnalyticsQueue(now: { 0 })
    for key in 1...200 { queue.add(Self.events(50), from: RateSubject(key: Int64(key))) }
    queue.add(Self.events(1), from: RateSubject(key: 1000))
    #expect(queue.take()?.events.count == AnalyticsQueue.batchSize)
    queue.add(Self.events(1), from: RateSubject(key: 1000))
    queue.finish()
    queue.add(Self.events(50), from: RateSubject(key: 1000))
    var count = 0
    while let batch = queue.take() {
      count += batch.events.count
      queue.finish()
    }
    #expect(count == AnalyticsQueue.maximumWaiting - AnalyticsQueue.batchSize + 50)
  }

  @Test("One address has so many a minute, and others theirs")
  func floods() {
    let now = Atomic<Int64>(0)
    let queue = AnalyticsQueue(now: { now.load(ordering: .relaxed) })
    func waiting() -> Int { queue.abandon() }
    for _ in 0..<20 { queue.add(Self.events(50), from: RateSubject(key: 1)) }
    #expect(waiting() == AnalyticsQueue.maximumPerMinute)
    queue.add(Self.events(50), from: RateSubject(key: 2))
    #expect(waiting() == 50)
    now.store(60_000_000_000, ordering: .relaxed)
    queue.add(Self.events(50), from: RateSubject(key: 1))
    #expect(waiting() == 50)
  }

  @Test("All addresses together have so many a minute")
  func manyAddresses() {
    let queue = AnalyticsQueue(now: { 0 })
    var count = 0
    for key in 1...2000 {
      queue.add(Self.events(50), from: RateSubject(key: Int64(key)))
      count += queue.abandon()
    }
    #expect(count == AnalyticsQueue.maximumPerMinuteInAll)
  }

  @Test("An id is of one visitor and one day: address, browser and salt all change it")
  func visitors() throws {
    let (first, second) = ([UInt8](repeating: 1, count: 32), [UInt8](repeating: 2, count: 32))
    func subject(_ text: String) throws -> RateSubject {
      RateSubject(try #require(IPAddress(v4: text) ?? IPAddress(v6: text)))
    }
    let mark = VisitorMark(try subject("192.0.2.1"), agent: "Firefox")
    let id = try mark.visitor(salt: first)
    #expect(try VisitorMark(try subject("192.0.2.1"), agent: "Firefox").visitor(salt: first) == id)
    #expect(try mark.visitor(salt: second) != id)
    #expect(try VisitorMark(try subject("192.0.2.2"), agent: "Firefox").visitor(salt: first) != id)
    #expect(try VisitorMark(try subject("192.0.2.1"), agent: "Safari").visitor(salt: first) != id)
    // Of IPv6 a household has a /64.
    let home = try VisitorMark(try subject("2001:db8::1"), agent: "Firefox").visitor(salt: first)
    #expect(try VisitorMark(try subject("2001:db8::2"), agent: "Firefox").visitor(salt: first) == home)
    #expect(try VisitorMark(try subject("2001:db8:0:1::1"), agent: "Firefox").visitor(salt: first) != home)
  }
}
