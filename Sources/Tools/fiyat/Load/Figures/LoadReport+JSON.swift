import HTTPTransport
import ProtobufBridge

extension LoadReport {
  /// For programs: one object; times in microseconds, rates a second, shares of 1.
  var json: String {
    var writer = JSONWriter()
    writer.beginObject()
    writer.member("target") { $0.string(target) }
    writer.member("scenario") { $0.string(scenario) }
    writer.member("mode") { writer in
      writer.beginObject()
      switch plan.mode {
      case .users(let count): writer.member("users") { $0.integer(count) }
      case .rate(let rate): writer.member("rate") { $0.number(rate) }
      }
      writer.endObject()
    }
    writer.member("http") { $0.string(plan.version == .http1 ? "1.1" : "2") }
    writer.member("connections") { $0.integer(plan.connections) }
    writer.member("seed") { $0.integer(plan.seed) }
    writer.member("warm_up_seconds") { $0.number(plan.warmUp.seconds) }
    writer.member("seconds") { $0.number(seconds) }
    writer.member("interrupted") { $0.bool(wasInterrupted) }
    writer.member("missed") { $0.integer(figures.missed) }
    writer.member("unfinished") { $0.integer(figures.unfinished) }
    writer.member("warm_up") { writer in
      writer.beginObject()
      writer.member("requests") { $0.integer(figures.warmUpRequests) }
      writer.member("errors") { $0.integer(figures.warmUpErrors) }
      writer.endObject()
    }
    writer.member("connecting") { writer in
      writer.beginObject()
      writer.member("made") { $0.integer(figures.connections) }
      writer.member("lost") { $0.integer(figures.lostConnections) }
      writer.member("failed") { $0.integer(figures.connectFailures) }
      writer.endObject()
    }
    writer.member("total") { write(figures.total, nil, &$0) }
    writer.member("endpoints") { writer in
      writer.beginArray()
      for (name, figures) in zip(names, figures.endpoints) { write(figures, name, &writer) }
      writer.endArray()
    }
    writer.member("thresholds") { writer in
      writer.beginArray()
      for verdict in verdicts {
        writer.beginObject()
        writer.member("threshold") { $0.string(verdict.threshold.text) }
        writer.member("value") { $0.number(verdict.value ?? .nan) }
        writer.member("holds") { $0.bool(verdict.holds) }
        writer.endObject()
      }
      writer.endArray()
    }
    writer.endObject()
    return String(decoding: writer.bytes, as: UTF8.self)
  }

  private func write(_ figures: EndpointFigures, _ name: String?, _ writer: inout JSONWriter) {
    writer.beginObject()
    if let name { writer.member("name") { $0.string(name) } }
    writer.member("requests") { $0.integer(figures.requests) }
    writer.member("per_second") { $0.number(rate(figures)) }
    writer.member("bytes") { $0.integer(figures.bytes) }
    writer.member("errors") { $0.integer(figures.errors) }
    writer.member("error_rate") { $0.number(figures.errorRate ?? .nan) }
    writer.member("errors_by_kind") { writer in
      writer.beginObject()
      for (kind, count) in figures.faultsByKind { writer.member(kind.rawValue) { $0.integer(count) } }
      writer.endObject()
    }
    writer.member("cache_hit_rate") { $0.number(figures.hitRate ?? .nan) }
    writer.member("latency_us") { writer in
      writer.beginObject()
      writer.member("mean") { $0.number(figures.latencies.mean ?? .nan) }
      for percentage in Self.percentiles {
        writer.member("p" + Self.name(percentage)) { writer in
          if let value = figures.latencies.percentile(percentage) { writer.integer(value) } else { writer.null() }
        }
      }
      writer.member("max") { writer in
        if let value = figures.latencies.maximum { writer.integer(value) } else { writer.null() }
      }
      writer.endObject()
    }
    writer.endObject()
  }
}

extension JSONWriter {
  /// A member of an object, whose value `write` writes.
  fileprivate mutating func member(_ name: String, _ write: (inout JSONWriter) -> Void) {
    self.name(name)
    write(&self)
  }
}
