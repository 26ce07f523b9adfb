import EventLog
import MeshRPC
import PostgresClient
import PricingService
import Testing

@Suite("Pricing's errors as statuses")
struct ErrorTests {
  @Test(
    "What the database says becomes a status that clients can act on",
    arguments: [
      (PostgresError.Code.cancelled, RPCError.Code.cancelled), (.timeout, .deadlineExceeded),
      (.poolTimeout, .deadlineExceeded), (.overloaded, .resourceExhausted), (.connectFailed, .unavailable),
      (.connectionLost, .unavailable), (.poolClosed, .unavailable), (.decoding, .internal),
    ])
  func database(code: PostgresError.Code, expected: RPCError.Code) {
    let status = PricingErrors.status(for: PostgresError(code, "a secret of the database"))
    #expect(status?.code == expected)
    #expect(status?.message.contains("secret") == false)
  }

  @Test("So does what the log of events says")
  func log() {
    #expect(PricingErrors.status(for: EventLogError(.positionDropped, "")).map(\.code) == .outOfRange)
    #expect(PricingErrors.status(for: EventLogError(.positionUnknown, "")).map(\.code) == .failedPrecondition)
    #expect(PricingErrors.status(for: EventLogError(.invalidArgument, "")).map(\.code) == .invalidArgument)
  }

  @Test("A status stays as it is, and an unknown error stays unknown")
  func others() {
    struct Unknown: Error {}
    #expect(PricingErrors.status(for: RPCError(code: .notFound, message: "x")).map(\.code) == .notFound)
    #expect(PricingErrors.status(for: CancellationError()).map(\.code) == .cancelled)
    #expect(PricingErrors.status(for: Unknown()) == nil)
  }
}
