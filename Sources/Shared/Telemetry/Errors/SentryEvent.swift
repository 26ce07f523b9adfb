internal import Glibc
internal import TraceContext

/// A report as Sentry's event (develop.sentry.dev/sdk/data-model/event-payloads), in an envelope
/// (develop.sentry.dev/sdk/data-model/envelopes).
struct SentryEvent: Sendable {
  /// What all events of a process have.
  struct Origin: Sendable {
    /// "fiyatradari@1.0.0"
    var release: String
    /// "production"
    var environment: String
    /// The host's name.
    var serverName: String
    /// "catalog"
    var service: String
    /// "worker", where a service has roles.
    var role: String?
  }

  static let contentType = "application/x-sentry-envelope"
  static let client = "fiyatradari"

  var report: ErrorReport
  /// 32 hexadecimal digits.
  var id: String
  /// Seconds since 1970.
  var moment: Int64
  /// Of the same error, not told before this one.
  var suppressed: Int

  func envelope(_ origin: Origin, sentAt: Int64) -> [UInt8] {
    let payload = event(origin)
    var head = JSONBytes()
    head.object { head in
      head.member("event_id", id)
      head.member("sent_at", Self.timestamp(sentAt))
    }
    var item = JSONBytes()
    item.object { item in
      item.member("type", "event")
      item.member("content_type", "application/json")
      item.member("length", payload.count)
    }
    return head.bytes + [0x0a] + item.bytes + [0x0a] + payload + [0x0a]
  }

  private func event(_ origin: Origin) -> [UInt8] {
    var json = JSONBytes()
    json.object { json in
      json.member("event_id", id)
      json.member("timestamp", Self.timestamp(moment))
      json.member("platform", "other")
      json.member("level", report.level.rawValue)
      json.member("release", origin.release)
      json.member("environment", origin.environment)
      json.member("server_name", origin.serverName)
      json.member("transaction", Scrubber.scrubbed(report.place))
      json.object("exception") { json in
        json.array("values") { json in
          json.object { json in
            json.member("type", report.type)
            json.member("value", Scrubber.scrubbed(report.message))
            json.object("mechanism") { json in
              json.member("type", report.work.rawValue)
              json.member("handled", false)
            }
          }
        }
      }
      json.array("fingerprint") { json in
        for part in [origin.service, report.work.rawValue, report.place, report.type] { json.text(part) }
      }
      json.object("tags") { tags(origin, &$0) }
      contexts(&json)
      if suppressed > 0 { json.object("extra") { $0.member("left_out_before", suppressed) } }
    }
    return json.bytes
  }

  private func tags(_ origin: Origin, _ json: inout JSONBytes) {
    json.member("service", origin.service)
    if let role = origin.role { json.member("role", role) }
    json.member("work", report.work.rawValue)
    if report.work == .request { json.member("route", report.place) }
    if let id = report.requestID { json.member("request_id", id) }
    for (name, value) in report.tags { json.member(name, Scrubber.scrubbed(value)) }
  }

  private func contexts(_ json: inout JSONBytes) {
    json.object("contexts") { json in
      json.object("runtime") { $0.member("name", "swift") }
      guard let trace = report.trace else { return }
      json.object("trace") { json in
        json.member("trace_id", trace.traceID)
        json.member("span_id", trace.spanID)
      }
    }
  }

  /// RFC 3339 in UTC.
  static func timestamp(_ seconds: Int64) -> String {
    var time = time_t(seconds)
    var parts = tm()
    gmtime_r(&time, &parts)
    func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
    let date = "\(Int(parts.tm_year) + 1900)-\(two(parts.tm_mon + 1))-\(two(parts.tm_mday))"
    return "\(date)T\(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec))Z"
  }

  /// What an answer means.
  static func delivery(status: Int) -> Delivery {
    switch status {
    case 200..<300: .taken
    // A report is lost then, as the protocol wants it.
    case 429: .limited
    case 500...: .later(nil)
    default: .refused
    }
  }
}
