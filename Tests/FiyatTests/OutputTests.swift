import MeshMessages
import Testing

@testable import FiyatCommands

@Suite("Output of the command line")
struct OutputTests {
  @Test("A table aligns its columns and lets no control character through")
  func table() {
    var table = Table([("id", .right), ("name", .left)])
    table.add(["7", "a\u{1B}[31mb"])
    table.add(["1000", "c"])
    #expect(table.text == "  id  name\n   7  a [31mb\n1000  c")
  }

  @Test("Money has its currency's decimals")
  func money() {
    #expect(MoneyText.text(CommonV1.Money(currency: "TRY", minorUnits: 129_900)) == "1299.00 TRY")
    #expect(MoneyText.text(CommonV1.Money(currency: "JPY", minorUnits: 5)) == "5 JPY")
    #expect(MoneyText.amount(5, "KWD") == "0.005")
    #expect(MoneyText.percentage(1250) == "12.5%")
  }

  @Test(
    "Moments are read and written by RFC 3339",
    arguments: [
      ("2023-07-06T01:37:07Z", 1_688_607_427), ("1970-01-01T00:00:00Z", 0), ("2000-02-29T12:00:00Z", 951_825_600),
      ("2009-02-02T00:00:00Z", 1_233_532_800),
    ])
  func moments(text: String, seconds: Int64) {
    #expect(GoogleProtobuf.Timestamp(rfc3339: text)?.seconds == seconds)
    #expect(GoogleProtobuf.Timestamp(seconds: seconds).rfc3339 == text)
  }

  @Test("An offset and a fraction count, and a bare date is its midnight")
  func offsets() {
    #expect(
      GoogleProtobuf.Timestamp(rfc3339: "1970-01-01T03:00:00.5+03:00") == GoogleProtobuf.Timestamp(nanos: 500_000_000))
    #expect(GoogleProtobuf.Timestamp(rfc3339: "1970-01-02")?.seconds == 86_400)
  }

  @Test(
    "What is no moment is refused",
    arguments: [
      "", "2023-02-29", "2023-13-01", "2023-01-01T24:00:00Z", "2023-01-01T00:00:00", "2023-01-01Tx", "yesterday",
    ])
  func noMoment(text: String) {
    #expect(GoogleProtobuf.Timestamp(rfc3339: text) == nil)
  }

  @Test("A chart steps down where the price fell and is shaded where nothing was sold")
  func chart() {
    let chart = TerminalChart(
      points: [
        .init(at: 0, price: 200), .init(at: 50, price: 100), .init(at: 75, price: nil),
      ], currency: "JPY", width: 8, height: 3)
    #expect(
      chart.lines(until: 100) == [
        "200 ┤───╮", "    ┤   │", "100 ┤   ╰─░░░", "     1970-01-01 1970-01-01",
      ])
    #expect(TerminalChart(points: [], currency: "JPY", width: 8, height: 3).lines(until: 1).isEmpty)
  }

  @Test("A shop is called by its host")
  func host() throws {
    #expect(try TrackCommand.host(of: "https://www.Example.com:8443/a/b") == "example.com")
    #expect(throws: FiyatError.self) { try TrackCommand.host(of: "example.com/a") }
  }
}
