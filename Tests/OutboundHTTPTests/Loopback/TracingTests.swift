import Synchronization
import Testing
import TraceContext

@testable import OutboundHTTP

@Suite("Requests in traces", .timeLimit(.minutes(1)))
struct TracingTests {
  private final class Recorder: SpanSink {
    private let state = Mutex<[SpanRecord]>([])
    var spans: [SpanRecord] { state.withLock { $0 } }
    func record(_ span: SpanRecord) { state.withLock { $0.append(span) } }
  }

  @Test("Each hop is a span, whose id the server gets, without path or query; other work sends nothing")
  func hops() async throws {
    let recorder = Recorder()
    let root = try #require(Tracer(ratio: 1, sink: recorder).begin("root", .internal))
    try await ScriptedServer.run(answer: "HTTP/1.1 404 N\r\ncontent-length: 0\r\n\r\n") { server in
      try await withClient { client in
        let request = OutboundRequest(.get, "\(server.url)/secret?token=1")
        _ = try await root.run { try await client.send(request) }
        _ = try await client.send(request)
      }
      let span = try #require(recorder.spans.first)
      #expect(recorder.spans.count == 1 && span.parent == root.context && span.kind == .client && span.name == "GET")
      #expect(span.failure == "status 404" && !"\(span)".contains("secret"))
      #expect(span.attributes.contains { $0.name == "server.port" && $0.value == .integer(server.port) })
      #expect(server.requests.count == 2)
      #expect(server.requests[0].contains("traceparent: \(span.context.text)\r\n"))
      #expect(!server.requests[1].contains("traceparent"))
    }
  }

  @Test("A request without an answer says why")
  func failure() async throws {
    let recorder = Recorder()
    let root = try #require(Tracer(ratio: 1, sink: recorder).begin("root", .internal))
    try await withClient { client in
      _ = await root.run { await client.failure("http://127.0.0.1:1/") }
    }
    #expect(recorder.spans.first?.failure == "connect")
  }
}
