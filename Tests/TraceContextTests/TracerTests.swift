import Synchronization
import Testing

@testable import TraceContext

@Suite("Traces that are recorded")
struct TracerTests {
  static let sampled = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
  static let unsampled = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00"

  @Test("The caller decides: its flag counts, whatever the ratio", arguments: [0.0, 1.0])
  func callersDecision(ratio: Double) throws {
    let tracer = Tracer(ratio: ratio, sink: Recorder())
    let span = try #require(tracer.begin("a", .server, from: TraceParent(Self.sampled)))
    #expect(span.context.traceID == "4bf92f3577b34da6a3ce929d0e0e4736" && span.context.isSampled)
    #expect(span.context.spanID != "00f067aa0ba902b7")
    #expect(tracer.begin("a", .server, from: TraceParent(Self.unsampled)) == nil)
  }

  @Test(
    "Of traces that begin here the ratio is recorded",
    arguments: [(0.0, 0...0), (0.25, 2200...2800), (1.0, 10_000...10_000)])
  func ratio(ratio: Double, expected: ClosedRange<Int>) {
    let tracer = Tracer(ratio: ratio, sink: Recorder())
    let recorded = (0..<10_000).count { _ in tracer.begin("a", .server) != nil }
    #expect(expected.contains(recorded), "\(recorded)")
    #expect(tracer.begin("a", .server, mayBegin: false) == nil)
  }

  @Test("Strangers have ten traces a second recorded, however many they ask for")
  func strangers() throws {
    let now = Mutex<UInt64>(1_000_000_000_000)
    let tracer = Tracer(ratio: 0, facesStrangers: true, sink: Recorder(), clock: { now.withLock { $0 } })
    let asked = try #require(TraceParent(Self.sampled))
    func recorded() -> Int { (0..<100).count { _ in tracer.begin("a", .server, from: asked) != nil } }
    #expect(recorded() == 10)
    #expect(recorded() == 0)
    now.withLock { $0 += 500_000_000 }
    #expect(recorded() == 5)
    now.withLock { $0 += 3_600_000_000_000 }
    #expect(recorded() == 10)
  }

  @Test("A span's parts are told with it as their parent, from any task of its work")
  func tree() async throws {
    let recorder = Recorder()
    let root = try #require(Tracer(ratio: 1, sink: recorder).begin("root", .server))
    #expect(Span.current == nil)
    await root.run {
      await withTaskGroup(of: Void.self) { group in
        group.addTask { Span.current?.child("part", .client)?.end(["a": "b"], failure: "broken") }
      }
    }
    root.end(name: "renamed", ["status": .integer(7)])
    let spans = recorder.spans
    #expect(spans.map(\.name) == ["part", "renamed"])
    #expect(spans[0].parent == root.context && spans[0].context.traceID == root.context.traceID)
    #expect(spans[0].failure == "broken" && spans[0].kind == .client && spans[0].attributes[0].value == "b")
    #expect(spans[1].parent == nil && spans[1].failure == nil && spans[1].end >= spans[1].start)
  }

  @Test("A trace without end is told in part")
  func bounded() throws {
    let root = try #require(Tracer(ratio: 1, sink: Recorder()).begin("root", .server))
    let parts = (0..<2000).count { _ in root.child("part", .client) != nil }
    #expect(parts == TraceRoot.maximumSpans)
  }

  @Test("The flag is read, set and kept with the other flags")
  func flags() throws {
    let odd = try #require(TraceParent("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-03"))
    #expect(odd.isSampled && !odd.sampled(false).isSampled)
    #expect(odd.sampled(false).text.hasSuffix("-02") && odd.child.text.hasSuffix("-03"))
    #expect(TraceParent(isSampled: true).text.hasSuffix("-01") && TraceParent().text.hasSuffix("-00"))
  }
}

/// Keeps what is told.
final class Recorder: SpanSink {
  private let state = Mutex<[SpanRecord]>([])
  var spans: [SpanRecord] { state.withLock { $0 } }
  func record(_ span: SpanRecord) { state.withLock { $0.append(span) } }
}
