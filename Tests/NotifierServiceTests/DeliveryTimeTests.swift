import Testing

@testable import NotifierService

@Suite("When messages are sent")
struct DeliveryTimeTests {
  /// A clock time in Istanbul on 2026-11-24.
  private func istanbul(_ hour: Int64, _ minute: Int64 = 0, day: Int64 = 24) -> UnixTime {
    UnixTime(
      seconds: CivilDate(year: 2026, month: 11, day: day).dayNumber * 86_400 + (hour - 3) * 3600 + minute * 60)
  }

  @Test(
    "quiet hours hold until their end, over midnight too",
    arguments: [
      (22, 0, 23 * 60, 8 * 60, nil), (23, 0, 23 * 60, 8 * 60, 32), (3, 30, 23 * 60, 8 * 60, 8),
      (8, 0, 23 * 60, 8 * 60, nil), (13, 59, 13 * 60, 14 * 60, 14), (14, 0, 13 * 60, 14 * 60, nil),
      (12, 59, 13 * 60, 14 * 60, nil),
    ] as [(Int64, Int64, Int, Int, Int64?)])
  func quietHours(hour: Int64, minute: Int64, start: Int, end: Int, until: Int64?) {
    let quiet = QuietHours(start: start, end: end, zone: "Europe/Istanbul")
    #expect(quiet.end(after: istanbul(hour, minute), in: .istanbul) == until.map { istanbul($0) })
  }

  @Test("the digest is due at nine, and after quiet hours that cover it")
  func digest() {
    var watched = alert(.anyChange)
    watched.isDigest = true
    #expect(DeliveryTime(for: watched, now: istanbul(8, 59), in: .istanbul) == .digest(istanbul(9)))
    #expect(DeliveryTime(for: watched, now: istanbul(9), in: .istanbul) == .digest(istanbul(9, day: 25)))
    watched.quietHours = QuietHours(start: 0, end: 10 * 60, zone: "Europe/Istanbul")
    #expect(DeliveryTime(for: watched, now: istanbul(7), in: .istanbul) == .digest(istanbul(10)))
  }

  @Test("without options it is now")
  func now() {
    #expect(DeliveryTime(for: alert(.anyChange), now: istanbul(3), in: .istanbul) == .now)
  }

  @Test("quiet hours follow the clocks when they change")
  func clockChange() throws {
    let london = try #require(ZoneDatabase().rules(for: "Europe/London"))
    let quiet = QuietHours(start: 22 * 60, end: 7 * 60, zone: "Europe/London")
    let midnight = CivilDate(year: 2026, month: 10, day: 25).dayNumber * 86_400
    // The night in which summer time ends is an hour longer.
    let evening = UnixTime(seconds: midnight - 2 * 3600)
    #expect(quiet.end(after: evening, in: london) == UnixTime(seconds: midnight + 7 * 3600))
  }
}
