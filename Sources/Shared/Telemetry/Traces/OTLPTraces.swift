internal import TraceContext

/// Spans as OTLP's `ExportTraceServiceRequest` in JSON (opentelemetry.io/docs/specs/otlp, "JSON Protobuf Encoding"):
/// ids in hexadecimal, 64-bit numbers as strings, enumerations as numbers.
struct OTLPTraces: Sendable {
  /// What the spans are of: `service.name` and the like.
  var resource: [(name: String, value: AttributeValue)]
  /// The version of what makes the spans.
  var version: String

  static let contentType = "application/json"
  /// `STATUS_CODE_ERROR`.
  private static let failed = 2

  func encode(_ spans: [SpanRecord]) -> [UInt8] {
    var json = JSONBytes()
    json.object { json in
      json.array("resourceSpans") { json in
        json.object { json in
          json.object("resource") { Self.attributes(resource, &$0) }
          json.array("scopeSpans") { json in
            json.object { json in
              json.object("scope") { json in
                json.member("name", "fiyatradari")
                json.member("version", version)
              }
              json.array("spans") { json in
                for span in spans { json.object { Self.write(span, &$0) } }
              }
            }
          }
        }
      }
    }
    return json.bytes
  }

  private static func write(_ span: SpanRecord, _ json: inout JSONBytes) {
    json.member("traceId", span.context.traceID)
    json.member("spanId", span.context.spanID)
    if let parent = span.parent { json.member("parentSpanId", parent.spanID) }
    json.member("name", span.name)
    json.member("kind", span.kind.rawValue)
    json.member("startTimeUnixNano", String(span.start))
    json.member("endTimeUnixNano", String(span.end))
    attributes(span.attributes, &json)
    if let failure = span.failure {
      json.object("status") { json in
        json.member("code", failed)
        json.member("message", failure)
      }
    }
  }

  private static func attributes(_ attributes: [(name: String, value: AttributeValue)], _ json: inout JSONBytes) {
    json.array("attributes") { json in
      for (name, value) in attributes {
        json.object { json in
          json.member("key", name)
          json.object("value") { json in
            switch value {
            case .text(let text): json.member("stringValue", text)
            case .integer(let number): json.member("intValue", String(number))
            }
          }
        }
      }
    }
  }
}
