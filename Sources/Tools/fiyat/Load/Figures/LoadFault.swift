/// What can become of a request instead of a good answer.
enum LoadFault: String, CaseIterable, Sendable {
  /// 4xx; 429 has its own, for it usually means that the key of load tests is missing.
  case refused = "4xx"
  case limited = "429"
  case broken = "5xx"
  case otherStatus = "other status"
  /// No connection could be made.
  case connect
  /// The server or the network ended the connection before the answer was whole.
  case lost = "connection lost"
  case reset
  /// What came was no HTTP.
  case malformed
  /// No whole answer in time.
  case timeout

  /// Nil for 2xx and 3xx.
  init?(status: Int) {
    switch status {
    case 200..<400: return nil
    case 429: self = .limited
    case 400..<500: self = .refused
    case 500..<600: self = .broken
    default: self = .otherStatus
    }
  }
}
