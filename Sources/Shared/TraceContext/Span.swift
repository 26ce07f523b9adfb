internal import Synchronization

/// What a span's attribute says.
package enum AttributeValue: Hashable, Sendable, ExpressibleByStringLiteral, ExpressibleByStringInterpolation {
  case text(String)
  case integer(Int)

  package init(stringLiteral value: String) { self = .text(value) }
}

/// What a span is of, with OpenTelemetry's numbers (`opentelemetry/proto/trace/v1/trace.proto`).
package enum SpanKind: Int, Sendable {
  case `internal` = 1
  case server = 2
  case client = 3
}

/// A piece of work that is over.
package struct SpanRecord: Sendable {
  package var context: TraceParent
  /// The span that this is a part of; nil at the root of a trace.
  package var parent: TraceParent?
  package var name: String
  package var kind: SpanKind
  /// Nanoseconds since 1970.
  package var start: UInt64
  package var end: UInt64
  package var attributes: [(name: String, value: AttributeValue)]
  /// Why it failed, safe to show; nil when it did not.
  package var failure: String?
}

/// Takes spans that are over. It must not block, and may drop them.
package protocol SpanSink: Sendable {
  func record(_ span: SpanRecord)
}

/// A piece of work under way in a trace that is recorded. It is told once, by `end`.
package struct Span: Sendable {
  /// What it is to further calls.
  package let context: TraceParent
  private let parent: TraceParent?
  private let name: String
  private let kind: SpanKind
  private let start: UInt64
  private let root: TraceRoot

  init(context: TraceParent, parent: TraceParent?, name: String, kind: SpanKind, root: TraceRoot) {
    self.context = context
    self.parent = parent
    self.name = name
    self.kind = kind
    self.root = root
    start = root.clock()
  }

  /// The one that the current task works for. Nil outside of recorded traces, which costs a look at the task's values.
  @TaskLocal package static var current: Span?

  /// A part of this work, beginning now; nil when this process has told enough of the trace.
  package func child(_ name: @autoclosure () -> String, _ kind: SpanKind) -> Span? {
    guard root.takeOne() else { return nil }
    return Span(context: context.child, parent: context, name: name(), kind: kind, root: root)
  }

  /// Runs `body` as this work.
  package nonisolated(nonsending) func run<Value>(
    _ body: nonisolated(nonsending) () async throws -> Value
  ) async rethrows -> Value {
    try await Self.$current.withValue(self) { try await body() }
  }

  /// The work is over.
  ///
  /// - Parameters:
  ///   - name: another name than it began with, when it is known only now.
  ///   - attributes: names by OpenTelemetry's semantic conventions; no personal data, no secrets, no values of SQL.
  ///   - failure: why it failed, as safe.
  package func end(
    name: String? = nil, _ attributes: KeyValuePairs<String, AttributeValue> = [:], failure: String? = nil
  ) {
    root.sink.record(
      SpanRecord(
        context: context, parent: parent, name: name ?? self.name, kind: kind, start: start,
        end: max(start, root.clock()), attributes: attributes.map { (name: $0.key, value: $0.value) }, failure: failure)
    )
  }
}

/// What the spans of one trace in this process share.
final class TraceRoot: Sendable {
  /// More are left out: an import or a stream of hours would flood whoever keeps traces.
  static let maximumSpans = 512

  let sink: any SpanSink
  let clock: @Sendable () -> UInt64
  private let left = Atomic<Int>(TraceRoot.maximumSpans)

  init(sink: any SpanSink, clock: @escaping @Sendable () -> UInt64) {
    self.sink = sink
    self.clock = clock
  }

  func takeOne() -> Bool {
    // It does not matter that the count goes on below zero: no trace has 2⁶³ spans.
    left.subtract(1, ordering: .relaxed).oldValue > 0
  }
}
