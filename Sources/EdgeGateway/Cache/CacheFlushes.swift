internal import CoreMetrics
internal import Logging
internal import NIOCore
internal import RedisClient
internal import Synchronization

/// Has all gateways forget their answers: the moment of the last flush stands in Redis under `edge:flush`, where each
/// looks twice a second.
package final class CacheFlushes: Sendable {
  private let cache: ResponseCache
  private let redis: (any RedisCommands)?
  private let logger: Logger
  private let failures = Counter(label: "edge_cache_flush_failures_total")
  /// What stood in Redis when it was last looked at; nil before the first look.
  private let last = Mutex<Last?>(nil)

  private struct Last: Equatable {
    var text: String?
  }

  private static let key = RedisArgument.string("edge:flush")
  private static let interval = Duration.milliseconds(500)
  private static let patience = TimeAmount.milliseconds(400)

  init(_ cache: ResponseCache, redis: (any RedisCommands)?, logger: Logger) {
    self.cache = cache
    self.redis = redis
    self.logger = logger
  }

  /// Forgets everything, at once here, and within a second in every gateway that reaches Redis.
  ///
  /// - Returns: whether the others are told; false where Redis is away or there is none.
  package func flush() async throws -> Bool {
    // Two at one moment are still two.
    let text = "\(CacheClock.now())-\(UInt32.random(in: 0 ... .max))"
    guard let redis else {
      cache.flush()
      return false
    }
    do {
      try await redis.send(RedisCommand("SET", [Self.key, .string(text)], keys: .first), timeout: Self.patience).ok()
      last.withLock { $0 = Last(text: text) }
      cache.flush()
      return true
    } catch {
      cache.flush()
      try Task.checkCancellation()
      failures.increment()
      logger.warning("the other gateways were not told to flush", metadata: ["error": "\(error)"])
      return false
    }
  }

  /// Looks whether another gateway was flushed, and follows.
  ///
  /// - Throws: `RedisError`, `CancellationError`.
  func look() async throws {
    guard let redis else { return }
    let bytes = try await redis.send(
      RedisCommand("GET", [Self.key], keys: .first), timeout: Self.patience
    ).optionalBytes()
    let found = Last(text: bytes.map { String(buffer: $0) })
    let before = last.withLock { last in
      defer { last = found }
      return last
    }
    // A Redis that has lost it tells of no flush.
    guard let text = found.text, found != before else { return }
    if before == nil {
      // What others kept for us before that flush does not count, though we began after it.
      let moment = text.prefix { $0 != "-" }
      cache.flush(before: min(Int64(moment) ?? .max, CacheClock.now()))
    } else {
      cache.flush()
      logger.notice("the cache was flushed by another gateway")
    }
  }

  /// Looks until the task is cancelled. While Redis is away nothing is heard; a flush is seen when it is back.
  package func run() async throws {
    while true {
      do {
        try await look()
      } catch {
        try Task.checkCancellation()
        failures.increment()
      }
      try await Task.sleep(for: Self.interval)
    }
  }
}
