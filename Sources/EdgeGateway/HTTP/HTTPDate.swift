internal import Glibc
internal import Synchronization

/// The date of responses (RFC 9110 §5.6.7, §6.6.1), made once a second.
enum HTTPDate {
  private static let last = Mutex<(second: Int, text: [UInt8])>((-1, []))

  /// Now: `Sun, 06 Nov 1994 08:49:37 GMT`.
  static func now() -> String { String(decoding: bytes(), as: UTF8.self) }

  /// The same in ASCII.
  static func bytes() -> [UInt8] {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME_COARSE, &time)
    return last.withLock { last in
      if last.second != time.tv_sec { last = (time.tv_sec, Array(text(time.tv_sec).utf8)) }
      return last.text
    }
  }

  private static let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
  private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

  /// - Parameter second: since 1970.
  static func text(_ second: Int) -> String {
    var second = second
    var parts = tm()
    gmtime_r(&second, &parts)
    func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
    let day = "\(days[Int(parts.tm_wday)]), \(two(parts.tm_mday)) \(months[Int(parts.tm_mon)]) \(1900 + parts.tm_year)"
    return "\(day) \(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec)) GMT"
  }
}
