internal import CoreMetrics
internal import HTTPTypes
internal import Logging
internal import NIOCore
internal import RedisClient

/// Answers that all gateways share, in Redis under `edge:page:`. Nothing depends on it: without Redis each gateway asks
/// the services itself.
struct SharedCache: Sendable {
  /// What is kept of an answer.
  struct Stored: Sendable {
    var startedAt: Int64
    var createdAt: Int64
    var fields: [(name: String, value: String)]
    var body: ByteBuffer
  }

  private let redis: any RedisCommands
  private let logger: Logger
  private let breaker = RedisBreaker()
  private let failures = Counter(label: "edge_cache_redis_failures_total")

  /// Asking must not take longer than the answer would.
  static let patience = TimeAmount.milliseconds(100)
  /// Larger ones are not kept.
  static let maximumBytes = 1 << 20
  private static let version: UInt8 = 1

  init(_ redis: any RedisCommands, logger: Logger) {
    self.redis = redis
    self.logger = logger
  }

  private static func name(_ key: CacheKey) -> RedisArgument { .string("edge:page:" + key.text) }

  /// Nil when it is not there, or Redis is away.
  func get(_ key: CacheKey) async throws -> Stored? {
    guard !breaker.isOpen(RateClock.now()) else { return nil }
    do {
      let command = RedisCommand("GET", [Self.name(key)], keys: .first)
      let bytes = try await redis.send(command, timeout: Self.patience).optionalBytes()
      breaker.succeeded()
      return bytes.flatMap(Self.decode)
    } catch {
      try failed(error)
      return nil
    }
  }

  /// - Parameter life: milliseconds.
  func set(_ key: CacheKey, _ stored: Stored, life: Int64) async throws {
    guard life > 0, stored.body.readableBytes <= Self.maximumBytes, !breaker.isOpen(RateClock.now()) else { return }
    do {
      let command = RedisCommand(
        "SET", [Self.name(key), .bytes(Self.encode(stored)), "PX", .integer(life)], keys: .first)
      try await redis.send(command, timeout: Self.patience).ok()
      breaker.succeeded()
    } catch {
      try failed(error)
    }
  }

  /// - Throws: `CancellationError` when nobody waits any more.
  private func failed(_ error: any Error) throws {
    try Task.checkCancellation()
    failures.increment()
    if breaker.failed(RateClock.now()) {
      logger.warning("answers are kept without Redis", metadata: ["error": "\(error)"])
    }
  }

  // MARK: Form: version, times, fields as counted texts, body to the end

  static func encode(_ stored: Stored) -> ByteBuffer {
    var buffer = ByteBuffer()
    buffer.reserveCapacity(stored.body.readableBytes + 256)
    buffer.writeInteger(version)
    buffer.writeInteger(stored.startedAt)
    buffer.writeInteger(stored.createdAt)
    buffer.writeInteger(UInt8(clamping: stored.fields.count))
    for field in stored.fields.prefix(255) {
      for text in [field.name, field.value] {
        buffer.writeInteger(UInt16(clamping: text.utf8.count))
        buffer.writeBytes(text.utf8.prefix(Int(UInt16.max)))
      }
    }
    buffer.writeImmutableBuffer(stored.body)
    return buffer
  }

  /// Nil for what this version did not write.
  static func decode(_ bytes: ByteBuffer) -> Stored? {
    var buffer = bytes
    guard buffer.readInteger(as: UInt8.self) == version, let startedAt = buffer.readInteger(as: Int64.self),
      let createdAt = buffer.readInteger(as: Int64.self), let count = buffer.readInteger(as: UInt8.self)
    else { return nil }
    var fields: [(String, String)] = []
    for _ in 0..<count {
      guard let name = text(&buffer), let value = text(&buffer), HTTPField.Name(name) != nil,
        HTTPField.isValidValue(value)
      else { return nil }
      fields.append((name, value))
    }
    // Not a slice: that would keep the whole read from the socket alive.
    return Stored(
      startedAt: startedAt, createdAt: createdAt, fields: fields, body: ByteBuffer(bytes: buffer.readableBytesView))
  }

  private static func text(_ buffer: inout ByteBuffer) -> String? {
    guard let length = buffer.readInteger(as: UInt16.self),
      let bytes = buffer.readSlice(length: Int(length))
    else { return nil }
    return String(validating: bytes.readableBytesView, as: UTF8.self)
  }
}
