import Testing

@testable import NotifierService

@Suite("Time zones")
struct ZoneTests {
  static let zones = ZoneDatabase()

  private func utc(_ year: Int64, _ month: Int64, _ day: Int64, _ hour: Int64 = 0, _ minute: Int64 = 0) -> Int64 {
    CivilDate(year: year, month: month, day: day).dayNumber * 86_400 + hour * 3600 + minute * 60
  }

  @Test("dates and day numbers are each other's inverse")
  func civil() {
    for day in stride(from: Int64(-800_000), through: 800_000, by: 37) { #expect(CivilDate(day: day).dayNumber == day) }
    #expect(CivilDate(year: 2000, month: 3, day: 1).dayNumber == 11_017)
  }

  @Test(
    "offsets are those of the zone, past and far ahead",
    arguments: [
      ("Europe/Istanbul", 2026, 7, 10_800), ("Europe/Istanbul", 2015, 1, 7200), ("Europe/Istanbul", 2090, 1, 10_800),
      ("Europe/London", 2026, 7, 3600), ("Europe/London", 2026, 1, 0), ("Europe/London", 2090, 7, 3600),
      ("America/New_York", 2090, 1, -18_000), ("Asia/Kathmandu", 2026, 1, 20_700),
      ("Australia/Sydney", 2090, 1, 39_600),
      ("Australia/Sydney", 2090, 7, 36_000), ("UTC", 2026, 1, 0),
    ] as [(String, Int64, Int64, Int32)])
  func offsets(zone: String, year: Int64, month: Int64, offset: Int32) throws {
    let rules = try #require(Self.zones.rules(for: zone))
    #expect(rules.offset(at: utc(year, month, 15)) == offset)
  }

  @Test("a rule text tells the same as the table that it follows")
  func posixAgreesWithTable() throws {
    for name in ["Europe/London", "America/New_York", "Australia/Sydney", "America/Santiago", "Africa/Cairo"] {
      let rules = try #require(Self.zones.rules(for: name))
      let future = try #require(rules.future)
      // In the years before 2037 files hold both, unless they were written without the table.
      for seconds in stride(from: utc(2027, 1, 1), to: utc(2036, 12, 31), by: 3600 * 5) {
        #expect(rules.offset(at: seconds) == future.offset(at: seconds))
      }
    }
  }

  @Test(
    "rule texts are read as POSIX has them",
    arguments: [
      ("<+03>-3", true), ("UTC0", true), ("CET-1CEST,M3.5.0,M10.5.0/3", true), ("EST5EDT,J60/2:30,300", true),
      ("IST-1GMT0,M10.5.0,M3.5.0/1", true), ("<-02>2<-01>,M3.5.0/-1,M10.5.0/0", true), ("", false), ("CET", false),
      ("CET-1CEST", false), ("CET-1CEST,M13.1.0,M1.1.0", false), ("CET-1x", false), ("CE-1", false),
      ("CET-99", false), ("CET-1CEST,M3.5.0", false),
    ])
  func posixTexts(text: String, isValid: Bool) {
    #expect((PosixZone(text) != nil) == isValid)
  }

  @Test("a clock time that is skipped comes after the jump, one that comes twice is the first")
  func gaps() throws {
    let london = try #require(Self.zones.rules(for: "Europe/London"))
    // 2026-03-29 01:30 does not exist; 2026-10-25 01:30 is 00:30 and 01:30 UTC.
    #expect(london.moment(ofLocal: utc(2026, 3, 29, 1, 30)) == utc(2026, 3, 29, 1, 30))
    #expect(london.moment(ofLocal: utc(2026, 10, 25, 1, 30)) == utc(2026, 10, 25, 0, 30))
    #expect(london.moment(ofLocal: utc(2026, 7, 1, 12)) == utc(2026, 7, 1, 11))
  }

  @Test("damaged files are refused and never trap")
  func damaged() throws {
    let file = try #require(bytes(of: "/usr/share/zoneinfo/Europe/London"))
    #expect(ZoneFile.parse(file) != nil)
    for length in stride(from: 0, to: file.count, by: 7) { #expect(ZoneFile.parse(Array(file[..<length])) == nil) }
    for position in stride(from: 0, to: file.count, by: 3) {
      var damaged = file
      damaged[position] ^= 0xFF
      _ = ZoneFile.parse(damaged)?.offset(at: 1_790_000_000)
    }
  }

  @Test(
    "names cannot leave the directory",
    arguments: ["../../etc/passwd", "/etc/passwd", "Europe//London", "Europe/../UTC", "", "Europe/", ".", "a\0b"])
  func names(name: String) {
    #expect(Self.zones.rules(for: name) == nil)
  }

  @Test("Turkey's zone is known without files")
  func withoutFiles() {
    #expect(ZoneDatabase(directory: "/nonexistent").rules(for: "Europe/Istanbul") == .istanbul)
    #expect(ZoneDatabase(directory: "/nonexistent").rules(for: "Europe/London") == nil)
  }
}
