internal import Glibc

/// Times as files and headers have them.
enum Timestamp {
  /// `2026-11-24T08:00:00Z`
  static func text(_ seconds: Int64) -> String { format(seconds, "%Y-%m-%dT%H:%M:%SZ") }

  /// `Tue, 24 Nov 2026 08:00:00 GMT` (RFC 9110 §5.6.7).
  static func http(_ seconds: Int64) -> String { format(seconds, "%a, %d %b %Y %H:%M:%S GMT") }

  private static func format(_ seconds: Int64, _ pattern: String) -> String {
    var time = time_t(seconds)
    var parts = tm()
    gmtime_r(&time, &parts)
    return String(
      decoding: [UInt8](unsafeUninitializedCapacity: 64) { buffer, count in
        count = buffer.withMemoryRebound(to: CChar.self) { strftime($0.baseAddress, 64, pattern, &parts) }
      }, as: UTF8.self)
  }
}
