package import NIOCore

/// Options of SET.
package struct SetOptions: Hashable, Sendable {
  /// When the key may be written.
  package enum Condition: String, Sendable {
    /// Only when it does not exist.
    case ifAbsent = "NX"
    /// Only when it exists.
    case ifPresent = "XX"
  }

  /// How long the key lives.
  package enum Expiry: Hashable, Sendable {
    /// From now, at least 1 ms.
    case after(TimeAmount)
    /// Until a point in Unix milliseconds.
    case atUnixMilliseconds(Int64)
    /// The remaining time of the key that is overwritten.
    case keep
  }

  package var condition: Condition?
  package var expiry: Expiry?

  package init(condition: Condition? = nil, expiry: Expiry? = nil) {
    self.condition = condition
    self.expiry = expiry
  }

  var arguments: [RedisArgument] {
    var arguments: [RedisArgument] = []
    if let condition { arguments.append(.string(condition.rawValue)) }
    switch expiry {
    case .after(let time): arguments += ["PX", .integer(max(1, time.roundedUpToMilliseconds))]
    case .atUnixMilliseconds(let instant): arguments += ["PXAT", .integer(instant)]
    case .keep: arguments.append("KEEPTTL")
    case nil: break
    }
    return arguments
  }
}

extension TimeAmount {
  /// Whole milliseconds, at least so long: a short time must not become none.
  var roundedUpToMilliseconds: Int64 {
    nanoseconds / 1_000_000 + (nanoseconds % 1_000_000 > 0 ? 1 : 0)
  }
}

extension RedisCommands {
  /// GET: the key's bytes, or nil when it does not exist.
  package func get(_ key: String) async throws -> ByteBuffer? {
    try await send(RedisCommand("GET", [.string(key)], keys: .first), timeout: nil).optionalBytes()
  }

  /// MGET: the keys' bytes in their order, nil for those that do not exist. In a cluster all keys need one slot.
  package func mget(_ keys: [String]) async throws -> [ByteBuffer?] {
    guard !keys.isEmpty else { return [] }
    let reply = try await send(RedisCommand("MGET", keys.map { .string($0) }, keys: .all))
    return try reply.array().map { try $0.optionalBytes() }
  }

  /// SET: false when the condition was not met.
  @discardableResult
  package func set(_ key: String, _ value: RedisArgument, _ options: SetOptions = SetOptions()) async throws -> Bool {
    let reply = try await send(RedisCommand("SET", [.string(key), value] + options.arguments, keys: .first))
    if case .null = reply { return false }
    try reply.ok()
    return true
  }

  /// MSET: sets all at once. In a cluster all keys need one slot.
  package func mset(_ values: [(key: String, value: RedisArgument)]) async throws {
    guard !values.isEmpty else { return }
    try await send(RedisCommand("MSET", values.flatMap { [.string($0.key), $0.value] }, keys: .alternate)).ok()
  }

  /// INCRBY: the value after it; a missing key counts as 0.
  @discardableResult
  package func increment(_ key: String, by amount: Int64 = 1) async throws -> Int64 {
    try await send(RedisCommand("INCRBY", [.string(key), .integer(amount)], keys: .first)).integer()
  }
}
