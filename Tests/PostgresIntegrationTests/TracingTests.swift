import PostgresClient
import Synchronization
import TestSupport
import Testing
import TraceContext

@Suite("Statements in traces")
struct TracingTests {
  private final class Recorder: SpanSink {
    private let state = Mutex<[SpanRecord]>([])
    var spans: [SpanRecord] { state.withLock { $0 } }
    func record(_ span: SpanRecord) { state.withLock { $0.append(span) } }
  }

  @Test("A statement of recorded work is a span without its text, a failed one says its SQLSTATE")
  func statements() async throws {
    let recorder = Recorder()
    let root = try #require(Tracer(ratio: 1, sink: recorder).begin("root", .internal))
    try await withPool(Servers.shared().dsn()) { pool async throws in
      try await pool.execute("CREATE TABLE traced_rows (id bigint PRIMARY KEY)")
      try await root.run {
        try await pool.withTransaction { transaction in
          try await transaction.execute("INSERT INTO traced_rows VALUES ($1)", [4711])
        }
        #expect(try await pool.read("SELECT id FROM traced_rows", from: .primary).scalar(Int.self) == 4711)
        await #expect(throws: PostgresError.self) {
          try await pool.execute("INSERT INTO traced_rows VALUES ($1)", [4711])
        }
      }
    }
    let spans = recorder.spans
    #expect(spans.map(\.name) == ["INSERT traced_rows", "COMMIT", "SELECT traced_rows", "INSERT traced_rows"])
    #expect(spans.map(\.failure) == [nil, nil, nil, "SQLSTATE 23505"])
    #expect(
      spans.allSatisfy { $0.parent == root.context && $0.kind == .client && !"\($0.attributes)".contains("4711") })
  }
}
