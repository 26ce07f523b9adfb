import Testing

@testable import MeshRPC

@Suite("grpc-timeout")
struct GRPCTimeoutTests {
  @Test(
    "Well-formed values are read",
    arguments: [
      ("1H", Duration.seconds(3600)), ("2M", .seconds(120)), ("3S", .seconds(3)), ("4m", .milliseconds(4)),
      ("5u", .microseconds(5)), ("6n", .nanoseconds(6)), ("0n", .zero), ("00000001S", .seconds(1)),
      ("99999999H", .seconds(359_999_996_400)), ("99999999n", .nanoseconds(99_999_999)),
    ])
  func parse(text: String, timeout: Duration) throws {
    #expect(try GRPCTimeout.parse(text) == timeout)
  }

  @Test(
    "Malformed values fail with INTERNAL",
    arguments: [
      "", "1", "S", "100000000S", "-1S", "+1S", " 1S", "1S ", "1 S", "1s", "1h", "1x", "1.5S", "S1", "１S", "1SS",
    ])
  func malformed(text: String) {
    #expect(code { () throws(RPCError) in _ = try GRPCTimeout.parse(text) } == .internal)
  }

  @Test(
    "The shortest value of the finest unit that fits is written",
    arguments: [
      (Duration.nanoseconds(1), "1n"), (.nanoseconds(999), "999n"), (.nanoseconds(99_999_999), "99999999n"),
      (.nanoseconds(100_000_000), "100m"), (.nanoseconds(100_000_001), "100001u"), (.microseconds(1), "1u"),
      (.milliseconds(1), "1m"), (.seconds(1), "1S"), (.milliseconds(1500), "1500m"), (.seconds(60), "1M"),
      (.seconds(90), "90S"), (.seconds(3600), "1H"), (.seconds(7200), "2H"), (.microseconds(99_999_999), "99999999u"),
      (.microseconds(100_000_001), "100001m"), (.seconds(100_000_000), "1666667M"),
      (.nanoseconds(99_999_999_001), "100S"), (.zero, "1n"), (.seconds(-5), "1n"),
      (Duration(secondsComponent: 0, attosecondsComponent: 1), "1n"), (.seconds(Int64.max), "2562048H"),
    ])
  func format(timeout: Duration, text: String) {
    #expect(GRPCTimeout.format(timeout) == text)
  }

  @Test("What is written is never shorter than the timeout, hardly longer, and well-formed")
  func roundsUp() throws {
    var nanoseconds: Int64 = 1
    while nanoseconds < Int64.max / 3 {
      for offset: Int64 in [-1, 0, 1] where nanoseconds + offset > 0 {
        let timeout = Duration.nanoseconds(nanoseconds + offset)
        let text = GRPCTimeout.format(timeout)
        let back = try GRPCTimeout.parse(text)
        #expect(back >= timeout)
        #expect(back - timeout <= timeout / 10_000, "\(text)")
      }
      nanoseconds = nanoseconds * 3 / 2 + 1
    }
  }
}
