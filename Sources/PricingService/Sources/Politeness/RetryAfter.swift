/// `Retry-After`: seconds, or a date in any of HTTP's three forms (RFC 9110 §10.2.3, §5.6.7).
enum RetryAfter {
  /// The longest that a host is believed. Default a day.
  static let maximum = Duration.seconds(86_400)

  /// How long to wait from `now` (seconds since 1970); nil for a value that is neither. A date in the past is no wait.
  static func read(_ value: String, now: Int64) -> Duration? {
    let text = value.drop { $0 == " " }
    if let seconds = Int64(text.prefix { $0 != " " }), seconds >= 0 { return min(.seconds(seconds), maximum) }
    guard let moment = HTTPDate.seconds(String(text)) else { return nil }
    return min(max(.zero, .seconds(moment - now)), maximum)
  }
}
