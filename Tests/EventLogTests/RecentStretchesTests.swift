import PostgresClient
import Testing

@testable import EventLog

@Suite("What streams of all partitions share")
struct RecentStretchesTests {
  private struct Broken: Error {}

  private static func position(_ sequence: Int64) -> EventPosition {
    EventPosition(transaction: 7, sequence: sequence)
  }

  private static func stretch(_ sequences: ClosedRange<Int64>, hasMore: Bool = false) -> FeedReader.Stretch {
    let events = sequences.map {
      StoredEvent(
        position: position($0), partition: 0, occurredAt: Timestamp(microseconds: 0),
        payload: [UInt8](repeating: 0, count: 20))
    }
    return FeedReader.Stretch(
      events: events, end: position(sequences.upperBound), hasMore: hasMore, hasHeldBack: false, backlog: 0)
  }

  @Test("Who stands inside of a stretch that was read gets the rest of it, who stands elsewhere reads")
  func inside() async throws {
    let recent = RecentStretches(maximumBytes: 10_000)
    var reads: [Int64] = []
    func take(_ after: Int64) async throws -> [Int64] {
      try await recent.stretch(after: Self.position(after), generation: 1) {
        reads.append(after)
        return Self.stretch(after + 1...after + 4)
      }.events.map(\.position.sequence)
    }
    #expect(try await take(10) == [11, 12, 13, 14])
    #expect(try await take(10) == [11, 12, 13, 14])
    #expect(try await take(12) == [13, 14])
    #expect(try await take(14) == [15, 16, 17, 18])
    #expect(try await take(9) == [10, 11, 12, 13])
    #expect(reads == [10, 14, 9])
  }

  @Test("After another wake-up a known stretch says that there is more")
  func stale() async throws {
    let recent = RecentStretches(maximumBytes: 10_000)
    func hasMore(_ generation: UInt64) async throws -> Bool {
      try await recent.stretch(after: Self.position(1), generation: generation) { Self.stretch(2...3) }.hasMore
    }
    #expect(try await !hasMore(5))
    #expect(try await !hasMore(5))
    #expect(try await hasMore(6))
  }

  @Test("Nothing is told from memory when it was read too long ago, or after a failure, or where nothing was found")
  func forgotten() async throws {
    let recent = RecentStretches(maximumBytes: 10_000)
    var now = ContinuousClock.now
    var reads = 0
    func take(_ after: Int64, _ read: () throws -> FeedReader.Stretch) async throws {
      _ = try await recent.stretch(after: Self.position(after), generation: 1, now: { now }) {
        reads += 1
        return try read()
      }
    }
    try await take(1) { Self.stretch(2...3) }
    now += .seconds(5)
    try await take(1) { Self.stretch(2...3) }
    #expect(reads == 1)
    now += .milliseconds(1)
    try await take(1) { Self.stretch(2...3) }
    #expect(reads == 2)
    await #expect(throws: Broken.self) { try await take(3) { throw Broken() } }
    try await take(1) { Self.stretch(2...3) }
    #expect(reads == 4)
    let nothing = FeedReader.Stretch(end: Self.position(3), hasMore: false, hasHeldBack: false, backlog: 0)
    for _ in 0..<2 { try await take(3) { nothing } }
    #expect(reads == 6)
  }

  @Test("No more is kept than allowed, but the newest stretch always")
  func bounded() {
    var state = RecentStretches.State()
    let now = ContinuousClock.now
    for first: Int64 in [1, 11, 21] {
      state.keep(
        RecentStretches.Entry(
          after: Self.position(first - 1), stretch: Self.stretch(first...first + 9), generation: 0, readAt: now,
          bytes: 400),
        maximumBytes: 900, since: now)
    }
    #expect(state.entries.map(\.after.sequence) == [10, 20])
    state.keep(
      RecentStretches.Entry(
        after: Self.position(30), stretch: Self.stretch(31...32), generation: 0, readAt: now, bytes: 5000),
      maximumBytes: 900, since: now)
    #expect(state.entries.map(\.after.sequence) == [30])
  }

  @Test("Of those who ask after one position at the same time, one reads")
  func together() {
    var state = RecentStretches.State()
    let now = ContinuousClock.now
    func kind(_ after: Int64) -> String {
      switch state.turn(after: Self.position(after), 0, now) {
      case .mine: "mine"
      case .another: "another"
      case .known: "known"
      }
    }
    #expect([kind(1), kind(1), kind(2), kind(2)] == ["mine", "another", "mine", "another"])
    state.reading.remove(Self.position(1))
    #expect(kind(1) == "mine")
  }
}
