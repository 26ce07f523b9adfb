import MeshRPC
import Synchronization
import Testing
import TraceContext

@testable import EdgeGateway

@Suite("Traces of the gateway's requests")
struct TracingTests {
  private static let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

  private final class Recorder: SpanSink {
    private let state = Mutex<[SpanRecord]>([])
    var spans: [SpanRecord] { state.withLock { $0 } }
    func record(_ span: SpanRecord) { state.withLock { $0.append(span) } }
  }

  @Test("A request is a span with its route, its calls are its parts, and services are told which")
  func tree() async throws {
    let recorder = Recorder()
    let fixture = try GatewayFixture(tracer: Tracer(ratio: 0, facesStrangers: true, sink: recorder))
    #expect(try await fixture.send("GET", "/v1/products/7", [("traceparent", Self.parent)]).status == 200)
    let root = try #require(recorder.spans.last)
    #expect(root.name == "GET /v1/products/{id}" && root.kind == .server && root.parent?.text == Self.parent)
    #expect(root.attributes.contains { $0.name == "http.response.status_code" && $0.value == .integer(200) })
    #expect(!"\(root.attributes)".contains("/v1/products/7"), "the path's values may be somebody's")
    let calls = recorder.spans.dropLast()
    #expect(!calls.isEmpty && calls.allSatisfy { $0.parent == root.context && $0.kind == .client })
    let told = fixture.services.allMetadata.compactMap { $0["traceparent"] }
    #expect(Set(told) == Set(calls.map(\.context.text)))
  }

  @Test("A failure is told, by its status")
  func failure() async throws {
    let recorder = Recorder()
    let fixture = try GatewayFixture(tracer: Tracer(ratio: 1, sink: recorder))
    fixture.services.fail(with: RPCError(code: .internal, message: "broken"))
    #expect(try await fixture.send("GET", "/v1/products/7").status == 500)
    #expect(recorder.spans.last?.failure == "status 500")
    #expect(recorder.spans.first?.failure == "INTERNAL")
    #expect(try await fixture.send("GET", "/nowhere").status == 404)
    #expect(recorder.spans.last?.name == "GET unmatched" && recorder.spans.last?.failure == nil)
  }

  @Test("Probes begin no trace, and what is not recorded is not to be recorded by services")
  func unrecorded() async throws {
    let recorder = Recorder()
    let fixture = try GatewayFixture(tracer: Tracer(ratio: 1, sink: recorder))
    _ = try await fixture.send("GET", "/healthz")
    _ = try await fixture.send("GET", "/readyz")
    let unsampled = String(Self.parent.dropLast(2)) + "00"
    #expect(try await fixture.send("GET", "/v1/products/7", [("traceparent", unsampled)]).status == 200)
    #expect(recorder.spans.isEmpty)
    let told = fixture.services.allMetadata.compactMap { $0["traceparent"] }
    #expect(!told.isEmpty && told.allSatisfy { $0.hasSuffix("-00") && $0.contains("4bf92f3577b34da6a3ce929d0e0e4736") })
  }
}
