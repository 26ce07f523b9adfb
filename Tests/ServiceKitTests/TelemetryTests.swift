import Logging
import Synchronization
import Telemetry
import Testing
import TraceContext

@testable import ServiceKit

private struct Odd: SafelyDescribedError { var safeDescription: String { "it is odd" } }

/// Keeps what is told.
final class SpanRecorder: SpanSink {
  private let state = Mutex<[SpanRecord]>([])
  var spans: [SpanRecord] { state.withLock { $0 } }
  func record(_ span: SpanRecord) { state.withLock { $0.append(span) } }
}

@Suite("What services tell of themselves")
struct TelemetryTests {
  private static let description = ServiceDescription(
    name: "thing", summary: "does things", port: 1, opsPort: 2, migrations: nil, facesStrangers: true)
  private static let sampled = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

  private static func configuration(_ values: [String: String]) throws -> Telemetry.Configuration {
    try Telemetry.configuration(description, Settings.of(description, values))
  }

  @Test("Without a receiver there are no traces and no reports")
  func off() throws {
    let configuration = try Self.configuration([:])
    #expect(configuration.tracesEndpoint == nil && configuration.errors == nil && configuration.service == "thing")
    #expect(configuration.facesStrangers && configuration.tracesRatio == 0.01 && configuration.errorsRate == 1)
    #expect(try Self.configuration(["SENTRY_DSN": "", "OTEL_EXPORTER_OTLP_ENDPOINT": ""]).errors == nil)
  }

  @Test("Settings are read")
  func settings() throws {
    let configuration = try Self.configuration([
      "SENTRY_DSN": "https://key@host.example/1", "SENTRY_SAMPLE_RATE": "0.5", "SENTRY_ENVIRONMENT": "stage",
      "OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318", "OTEL_TRACES_SAMPLER_ARG": "1",
      "OTEL_EXPORTER_OTLP_HEADERS": "a=b", "OTEL_SERVICE_NAME": "other",
    ])
    #expect(configuration.errors != nil && configuration.errorsRate == 0.5 && configuration.environment == "stage")
    #expect(configuration.tracesEndpoint == "http://collector:4318" && configuration.tracesRatio == 1)
    #expect(configuration.tracesHeaders.map(\.name) == ["a"] && configuration.service == "other")
  }

  @Test(
    "A wrong setting is named and not shown",
    arguments: [
      ("SENTRY_DSN", "secret-text"), ("SENTRY_SAMPLE_RATE", "1.1"), ("SENTRY_SAMPLE_RATE", "nan"),
      ("OTEL_TRACES_SAMPLER_ARG", "-0.1"), ("OTEL_TRACES_SAMPLER_ARG", "half"),
      ("OTEL_EXPORTER_OTLP_HEADERS", "secret-text"),
    ])
  func wrong(name: String, value: String) {
    let error = #expect(throws: ServiceError.self) { try Self.configuration([name: value]) }
    #expect(error?.code == .configuration && error?.message.hasPrefix("\(name): ") == true)
    #expect(error?.message.contains("secret-text") == false)
  }

  @Test("A recorded request goes on with its span, another without the flag that strangers set")
  func requests() throws {
    let tracer = Tracer(ratio: 0, facesStrangers: true, sink: SpanRecorder())
    let (request, span) = RequestContext.begin(requestID: "a", traceparent: Self.sampled, tracer, "x")
    #expect(span != nil && request.trace == span?.context && request.trace.isSampled && request.requestID == "a")
    for _ in 0..<20 { _ = RequestContext.begin(requestID: nil, traceparent: Self.sampled, tracer, "x") }
    let (late, none) = RequestContext.begin(requestID: nil, traceparent: Self.sampled, tracer, "x")
    #expect(none == nil && !late.trace.isSampled && late.trace.traceID == "4bf92f3577b34da6a3ce929d0e0e4736")
    let (plain, off) = RequestContext.begin(requestID: nil, traceparent: Self.sampled, nil, "x")
    #expect(off == nil && plain.trace.text == Self.sampled)
  }

  @Test("A line of the log has the span of recorded work only")
  func lines() async throws {
    let handler = ServiceLogHandler(
      label: "x", output: LogOutput(service: "thing", format: .json, descriptor: -1), level: .info)
    let event = LogEvent(level: .info, message: "m", metadata: nil, source: "s", file: "f", function: "f", line: 1)
    let tracer = Tracer(ratio: 1, sink: SpanRecorder())
    let (request, begun) = RequestContext.begin(requestID: "a", traceparent: Self.sampled, tracer, "x")
    let span = try #require(begun)
    let record = await request.run { await span.run { handler.record(of: event, at: .now) } }
    #expect(record.traceID == "4bf92f3577b34da6a3ce929d0e0e4736" && record.spanID == span.context.spanID)
    let text = String(decoding: LogFormat.json.line(record), as: UTF8.self)
    #expect(text.contains("\"trace_id\":\"4bf92f3577b34da6a3ce929d0e0e4736\",\"span_id\":\"\(span.context.spanID)\""))
    #expect(await request.run { handler.record(of: event, at: .now) }.spanID == nil)
  }

  @Test("A line logged as an error is a report: of a task if it names one, by the error's type")
  func reports() async throws {
    func event(_ level: Logger.Level, _ metadata: Logger.Metadata, _ error: (any Error)?) -> LogEvent {
      var event = LogEvent(
        level: level, message: "it fails", metadata: metadata, source: "s", file: "f", function: "f", line: 1)
      event.error = error
      return event
    }
    let task = ReportingLogHandler.report(event(.error, ["task": "sweep"], Odd()), label: "thing")
    #expect(task.work == .task && task.place == "sweep" && task.type == "Odd" && task.message == "it fails: it is odd")
    #expect(task.level == .error && task.trace == nil)
    let job = ReportingLogHandler.report(event(.critical, ["error": "gone"], nil), label: "thing")
    #expect(job.work == .job && job.place == "thing" && job.type == "it fails" && job.message == "it fails: gone")
    #expect(job.level == .fatal)
    let request = RequestContext(requestID: "r-1", traceparent: Self.sampled)
    let own = await request.run { ReportingLogHandler.report(event(.error, [:], nil), label: "thing") }
    #expect(own.requestID == "r-1" && own.trace == request.trace && own.message == "it fails")
  }
}
