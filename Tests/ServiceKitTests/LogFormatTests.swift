import Glibc
import Logging
import Testing

@testable import ServiceKit

@Suite("Lines of the log")
struct LogFormatTests {
  static func line(
    _ format: LogFormat, _ message: String, _ fields: [(String, Logger.MetadataValue)] = [],
    level: Logger.Level = .info,
    requestID: String? = nil, at milliseconds: Int64 = 0
  ) -> String {
    let record = LogRecord(
      time: WallTime(milliseconds: milliseconds), level: level, service: "catalog", label: "store", message: message,
      fields: fields.map { (name: $0.0, value: $0.1) }, requestID: requestID, traceID: nil)
    return String(decoding: format.line(record), as: UTF8.self)
  }

  @Test("A JSON line has time, level, service, logger, message, ids and fields")
  func json() {
    let line = Self.line(
      .json, "done", [("count", "3"), ("list", ["a", ["b": "c"]])], level: .warning, requestID: "r-1",
      at: 1_764_000_000_123)
    #expect(
      line == """
        {"time":"2025-11-24T16:00:00.123Z","level":"warning","service":"catalog","logger":"store","message":"done",\
        "request_id":"r-1","count":"3","list":["a",{"b":"c"}]}\n
        """)
  }

  @Test("A line for people is short")
  func text() {
    let line = Self.line(.text, "done", [("count", "3"), ("why", "so far")], level: .error, requestID: "r-1")
    #expect(line == "1970-01-01T00:00:00.000Z ERROR   store: done count=3 why=\"so far\" request_id=r-1\n")
  }

  @Test("Nothing that is logged can break a line or its JSON", arguments: [LogFormat.json, .text])
  func hostile(format: LogFormat) {
    let hostile = "a\"b\\c\nd\r\te\u{0}f\u{1b}[31mg\u{7f}h\u{85}i\u{2028}j"
    let line = Self.line(format, hostile, [("x", .string(hostile)), ("a\"\nb", "1")])
    #expect(line.last == "\n")
    #expect(!line.dropLast().unicodeScalars.contains { $0.value < 0x20 || (0x7f...0x9f).contains($0.value) })
    #expect(!line.contains("\u{2028}"))
    #expect(line.contains(#"a\"b\\c\nd\r\te\u0000f\u001b[31mg\u007fh\u0085i\u2028j"#))
  }

  @Test("A field does not hide one of the line's own")
  func collision() {
    #expect(Self.line(.json, "m", [("level", "none")]).contains(#""message":"m","level_":"none"}"#))
  }

  @Test(
    "Fields whose names tell of secrets are not shown",
    arguments: ["password", "db_password", "apiKey", "Authorization", "cookie", "page_token", "client_secret"])
  func secretFields(name: String) {
    let line = Self.line(.json, "m", [(name, "hunter2"), ("nested", [name: "hunter2"])])
    #expect(!line.contains("hunter2"))
    #expect(line.contains(LogRedaction.replacement))
  }

  @Test("Passwords in URLs are not shown")
  func secretURLs() {
    let line = Self.line(
      .text, "to postgresql://me:hunter2@host/db and redis://:hunter2@host, not a@b://c",
      [("url", "http://u:hunter2@h/")])
    #expect(!line.contains("hunter2"))
    #expect(line.contains("postgresql://me:<redacted>@host/db"))
    #expect(Self.line(.text, "http://host/a@b").contains("http://host/a@b"))
  }

  @Test("A long text is cut, and says so")
  func long() {
    let line = Self.line(.json, String(repeating: "ş", count: 10_000))
    #expect(line.utf8.count < 8400)
    #expect(line.contains("ş… (cut)\""))
  }

  @Test(
    "Times are right over leap days and before 1970",
    arguments: [
      (0, "1970-01-01T00:00:00.000Z"), (951_782_400_000, "2000-02-29T00:00:00.000Z"),
      (1_709_251_199_999, "2024-02-29T23:59:59.999Z"), (-1, "1969-12-31T23:59:59.999Z"),
      (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
    ])
  func times(milliseconds: Int64, text: String) {
    var bytes: [UInt8] = []
    WallTime(milliseconds: milliseconds).append(to: &bytes)
    #expect(String(decoding: bytes, as: UTF8.self) == text)
  }

  @Test("A logger shows the request in whose task it is used")
  func requestContext() async {
    let output = LogOutput(service: "catalog", format: .json, descriptor: -1)
    let handler = ServiceLogHandler(label: "x", output: output, level: .info)
    let event = LogEvent(level: .info, message: "m", metadata: nil, source: "s", file: "f", function: "f", line: 1)
    let request = RequestContext(
      requestID: "abc", traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
    let record = await request.run { handler.record(of: event, at: .now) }
    #expect(record.requestID == "abc")
    #expect(record.traceID == "4bf92f3577b34da6a3ce929d0e0e4736")
    #expect(handler.record(of: event, at: .now).requestID == nil)
  }
}

@Suite("The pipe behind the log")
struct LogPipeTests {
  @Test("Lines arrive in order, and flushing waits for them")
  func order() throws {
    var ends: [Int32] = [0, 0]
    try #require(pipe(&ends) == 0)
    defer { for end in ends { close(end) } }
    let log = LogPipe(descriptor: ends[1])
    for index in 0..<100 { log.write(Array("line \(index)\n".utf8)) }
    #expect(log.flush(within: .seconds(5)))
    var buffer = [UInt8](repeating: 0, count: 4096)
    let count = read(ends[0], &buffer, buffer.count)
    #expect(String(decoding: buffer[..<max(0, count)], as: UTF8.self).hasPrefix("line 0\nline 1\nline 2\n"))
    log.close()
  }

  @Test("A reader that stands still stops nobody: lines are dropped, counted, and the gap is told")
  func drops() throws {
    var ends: [Int32] = [0, 0]
    try #require(pipe(&ends) == 0)
    defer { for end in ends { close(end) } }
    // The kernel's pipe is full from the start.
    try #require(fcntl(ends[1], F_SETFL, O_NONBLOCK) == 0)
    let filler = [UInt8](repeating: UInt8(ascii: "f"), count: 4096)
    while write(ends[1], filler, filler.count) > 0 {}
    try #require(fcntl(ends[1], F_SETFL, 0) == 0)
    let log = LogPipe(descriptor: ends[1], capacity: 4096) { Array("dropped \($0)\n".utf8) }
    let line = [UInt8](repeating: UInt8(ascii: "x"), count: 1023) + [UInt8(ascii: "\n")]
    for _ in 0..<200 { log.write(line) }
    let dropped = log.droppedLines
    #expect(dropped > 0 && dropped < 200)
    #expect(!log.flush(within: .milliseconds(20)))
    var text = ""
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while !text.contains("dropped \(dropped)\n") {
      let count = read(ends[0], &buffer, buffer.count)
      try #require(count > 0)
      text += String(decoding: buffer[..<count], as: UTF8.self)
    }
    #expect(log.flush(within: .seconds(5)))
    log.close()
  }
}
