internal import Logging
internal import NIOCore
internal import TraceContext

/// Sends spans to an OTLP receiver.
final class TraceExporter: SpanSink {
  private let exporter: Exporter<SpanRecord>
  private let receiver: Receiver

  /// - Parameter endpoint: the receiver's base, `http://collector:4318`.
  /// - Throws: `OutboundError`.
  init(
    endpoint: String, headers: [(name: String, value: String)], traces: OTLPTraces, caPath: String?,
    group: any EventLoopGroup, logger: Logger
  ) throws {
    let base = endpoint.hasSuffix("/") ? String(endpoint.dropLast()) : endpoint
    let receiver = try Receiver(
      base + "/v1/traces", headers: headers, caPath: caPath, group: group, logger: logger)
    self.receiver = receiver
    exporter = Exporter(
      capacity: 4096, configuration: Exporter.Configuration(batch: 512, gather: .milliseconds(500)),
      figures: ExportFigures(.traces), logger: logger
    ) { spans in
      guard let answer = await receiver.post(traces.encode(spans), type: OTLPTraces.contentType) else {
        return .later(nil)
      }
      return OTLPAnswer.delivery(status: answer.status, retryAfter: answer.field("retry-after"))
    }
  }

  func record(_ span: SpanRecord) { exporter.offer(span) }

  func start() { exporter.start() }

  func close(within limit: Duration) async {
    await exporter.close(within: limit)
    await receiver.shutdown()
  }
}
