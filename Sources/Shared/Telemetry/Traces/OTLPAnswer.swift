/// What an answer of an OTLP receiver means (opentelemetry.io/docs/specs/otlp, "OTLP/HTTP Response", "Throttling").
enum OTLPAnswer {
  static func delivery(status: Int, retryAfter: String?) -> Delivery {
    switch status {
    case 200..<300: .taken
    case 429, 502, 503, 504: .later(RetryAfter.seconds(retryAfter).map { .seconds($0) })
    default: .refused
    }
  }
}

/// `Retry-After` (RFC 9110 §10.2.3) in its form of seconds; dates are not understood.
enum RetryAfter {
  static func seconds(_ text: String?) -> Int? {
    guard let text, let seconds = Int(text), (0...86_400).contains(seconds) else { return nil }
    return seconds
  }
}
