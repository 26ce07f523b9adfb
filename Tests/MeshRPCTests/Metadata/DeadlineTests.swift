import HTTPTransport
import NIOCore
import Testing

@testable import MeshRPC

@Suite("Deadline")
struct DeadlineTests {
  @Test("A deadline passes at its instant")
  func passes() {
    let deadline = Deadline(after: .seconds(2), from: instant(10))
    #expect(deadline == Deadline(instant(12)))
    #expect(!deadline.hasPassed(at: instant(11)))
    #expect(deadline.hasPassed(at: instant(12)))
    #expect(deadline.remaining(at: instant(11.5)) == .milliseconds(500))
    #expect(deadline.remaining(at: instant(13)) == .zero)
    #expect(deadline.grpcTimeout(at: instant(10)) == "2S")
    #expect(deadline.grpcTimeout(at: instant(20)) == "1n")
  }

  @Test("Never doesn't pass, has no remaining time and is later than all others")
  func never() {
    #expect(Deadline.never.isNever)
    #expect(!Deadline.never.hasPassed(at: .distantFuture))
    #expect(Deadline.never.remaining(at: instant(0)) == nil)
    #expect(Deadline.never.grpcTimeout(at: instant(0)) == nil)
    #expect(min(.never, Deadline(instant(1))) == Deadline(instant(1)))
  }

  @Test("Durations too long to count stop at the clock's ends")
  func saturates() {
    #expect(Deadline(after: .seconds(359_999_996_400), from: instant(0)).isNever)
    #expect(Deadline(after: .seconds(Int64.max), from: instant(0)).isNever)
    #expect(instant(0).advanced(by: .seconds(Int64.min)) == .uptimeNanoseconds(0))
    #expect(instant(0).advanced(by: .seconds(-10_000)) == .uptimeNanoseconds(0))
    #expect(Deadline(after: .seconds(-1), from: instant(5)).hasPassed(at: instant(4)))
    #expect(NIODeadline.distantFuture.advanced(by: .nanoseconds(1)) == .distantFuture)
  }

  @Test(
    "Durations become nanoseconds rounded up",
    arguments: [
      (Duration.zero, Int64(0)), (.nanoseconds(5), 5), (Duration(secondsComponent: 0, attosecondsComponent: 1), 1),
      (Duration(secondsComponent: 1, attosecondsComponent: 1_000_000_001), 1_000_000_002),
      (Duration(secondsComponent: 0, attosecondsComponent: -1), 0), (.nanoseconds(-5), -5),
      (.seconds(-2), -2_000_000_000),
      (.seconds(Int64.max), .max), (.seconds(Int64.min), .min),
    ] as [(Duration, Int64)])
  func nanoseconds(duration: Duration, expected: Int64) {
    #expect(duration.nanosecondsRoundedUp == expected)
  }

  @Test(
    "Scaling a duration can't trap",
    arguments: [
      (Duration.seconds(2), 1.5, Duration.seconds(3)), (.seconds(1), -1, .seconds(-1)), (.seconds(1), .nan, .zero),
    ])
  func scaling(duration: Duration, factor: Double, expected: Duration) {
    #expect(duration.scaled(by: factor) == expected)
    #expect(duration.scaled(by: .infinity) > .seconds(9_000_000_000))
  }
}
