import FoundationEssentials
import Testing

@testable import Telemetry
@testable import TraceContext

@Suite("Traces by OTLP")
struct OTLPTests {
  @Test("Spans are written as the protocol's JSON: ids in hexadecimal, times as strings, kinds as numbers")
  func encode() throws {
    let parent = try #require(TraceParent("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"))
    let failed = SpanRecord(
      context: parent.child, parent: parent, name: "SELECT \"product\"\u{1}", kind: .client,
      start: 1_764_000_000_000_000_001, end: 1_764_000_000_000_000_009,
      attributes: [(name: "db.system.name", value: "postgresql"), (name: "rows", value: .integer(-3))],
      failure: "SQLSTATE 23505")
    let root = SpanRecord(
      context: parent, parent: nil, name: "root", kind: .server, start: 1, end: 2, attributes: [], failure: nil)
    let traces = OTLPTraces(resource: [("service.name", "catalog")], version: "1.2.3")
    let sent = try JSONDecoder().decode(Request.self, from: Data(traces.encode([failed, root])))
    let resource = try #require(sent.resourceSpans.first)
    #expect(resource.resource.attributes == [Attribute(key: "service.name", value: ["stringValue": "catalog"])])
    let scope = try #require(resource.scopeSpans.first)
    #expect(scope.scope == ["name": "fiyatradari", "version": "1.2.3"])
    let span = scope.spans[0]
    #expect(span.traceId == "4bf92f3577b34da6a3ce929d0e0e4736" && span.parentSpanId == "00f067aa0ba902b7")
    #expect(span.spanId.count == 16 && span.spanId != span.parentSpanId)
    #expect(span.name == "SELECT \"product\"\u{1}" && span.kind == 3)
    #expect(span.startTimeUnixNano == "1764000000000000001" && span.endTimeUnixNano == "1764000000000000009")
    #expect(
      span.attributes == [
        Attribute(key: "db.system.name", value: ["stringValue": "postgresql"]),
        Attribute(key: "rows", value: ["intValue": "-3"]),
      ])
    #expect(span.status == Status(code: 2, message: "SQLSTATE 23505"))
    #expect(scope.spans[1].parentSpanId == nil && scope.spans[1].status == nil && scope.spans[1].kind == 2)
  }

  @Test(
    "Answers: some may come later, others never",
    arguments: [
      (200, nil, .taken), (202, nil, .taken), (400, nil, .refused), (404, nil, .refused), (413, nil, .refused),
      (500, nil, .refused), (429, nil, .later(nil)), (503, "7", .later(.seconds(7))), (502, "soon", .later(nil)),
      (504, "-1", .later(nil)),
    ] as [(Int, String?, Delivery)])
  func answers(status: Int, retryAfter: String?, expected: Delivery) {
    #expect(OTLPAnswer.delivery(status: status, retryAfter: retryAfter) == expected)
  }

  @Test("Header fields for the receiver are read, percent-encoded")
  func headers() throws {
    let read = try #require(OTLPHeaders.read(" Authorization=Bearer%20abc%3D , x-tenant=7\n"))
    #expect(read.map(\.name) == ["authorization", "x-tenant"] && read.map(\.value) == ["Bearer abc=", "7"])
    for bad in ["a", "a b=1", "=1", "a=%0a", "a=%4", "a=%ff"] { #expect(OTLPHeaders.read(bad) == nil, "\(bad)") }
  }

  struct Attribute: Decodable, Equatable {
    var key: String
    var value: [String: String]
  }
  struct Status: Decodable, Equatable {
    var code: Int
    var message: String
  }
  struct Request: Decodable {
    struct ResourceSpans: Decodable {
      struct Resource: Decodable { var attributes: [Attribute] }
      struct ScopeSpans: Decodable {
        var scope: [String: String]
        var spans: [Span]
      }
      struct Span: Decodable {
        var traceId, spanId: String
        var parentSpanId: String?
        var name: String
        var kind: Int
        var startTimeUnixNano, endTimeUnixNano: String
        var attributes: [Attribute]
        var status: Status?
      }
      var resource: Resource
      var scopeSpans: [ScopeSpans]
    }
    var resourceSpans: [ResourceSpans]
  }
}
