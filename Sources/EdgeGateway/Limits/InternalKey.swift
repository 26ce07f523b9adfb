package import Logging
internal import OutboundHTTP
package import ServiceKit
internal import Sodium
internal import Synchronization

/// The key of load tests and benchmarks, which has no limits. Its use is written to the log, by address, once a minute.
package final class InternalKey: Sendable {
  package static let minimumBytes = 32
  /// Addresses whose last line is remembered.
  private static let maximumRemembered = 1024
  private static let pause: Int64 = 60_000_000_000

  private let key: [UInt8]?
  private let logger: Logger
  private let lastLines = Mutex<[RateSubject: Int64]>([:])

  /// - Throws: `ServiceError` `.configuration` for a short key, which it does not show.
  package init(_ key: SecretText?, logger: Logger) throws(ServiceError) {
    if let key, key.revealed.utf8.count < Self.minimumBytes {
      throw ServiceError(.configuration, "INTERNAL_KEY has fewer than \(Self.minimumBytes) bytes")
    }
    self.key = key.map { Array($0.revealed.utf8) }
    self.logger = logger
  }

  /// Whether these bytes are the key. Takes the same time wherever they differ.
  func matches(_ bytes: UnsafeRawBufferPointer) -> Bool {
    guard let key else { return false }
    return ConstantTime.isEqual(bytes, key)
  }

  func matches(_ text: String?) -> Bool {
    guard var text else { return false }
    return text.withUTF8 { matches(UnsafeRawBufferPointer($0)) }
  }

  /// Notes that it was used.
  func audit(_ client: Client) {
    let now = RateClock.now()
    let isNew = lastLines.withLock { lines in
      if let last = lines[client.subject], now - last < Self.pause { return false }
      if lines.count >= Self.maximumRemembered { lines.removeAll() }
      lines[client.subject] = now
      return true
    }
    guard isNew else { return }
    logger.notice(
      "the internal key is used, without limits",
      metadata: ["address": "\(client.address.map { "\($0)" } ?? "local")"])
  }
}
