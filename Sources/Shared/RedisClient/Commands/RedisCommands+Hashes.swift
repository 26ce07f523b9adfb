package import NIOCore

extension RedisCommands {
  /// HSET: how many of the fields are new.
  @discardableResult
  package func hset(_ key: String, _ fields: [(field: String, value: RedisArgument)]) async throws -> Int {
    guard !fields.isEmpty else { return 0 }
    let arguments = [.string(key)] + fields.flatMap { [RedisArgument.string($0.field), $0.value] }
    return Int(try await send(RedisCommand("HSET", arguments, keys: .first)).integer())
  }

  /// HGET: the field's bytes, or nil.
  package func hget(_ key: String, _ field: String) async throws -> ByteBuffer? {
    try await send(RedisCommand("HGET", [.string(key), .string(field)], keys: .first)).optionalBytes()
  }

  /// HMGET: the fields' bytes in their order, nil for those that do not exist.
  package func hmget(_ key: String, _ fields: [String]) async throws -> [ByteBuffer?] {
    guard !fields.isEmpty else { return [] }
    let reply = try await send(RedisCommand("HMGET", [.string(key)] + fields.map { .string($0) }, keys: .first))
    return try reply.array().map { try $0.optionalBytes() }
  }

  /// HGETALL: all fields; empty when the key does not exist.
  package func hgetAll(_ key: String) async throws -> [String: ByteBuffer] {
    let pairs = try await send(RedisCommand("HGETALL", [.string(key)], keys: .first)).pairs()
    return try Dictionary(pairs.map { (try $0.string(), try $1.bytes()) }) { _, last in last }
  }

  /// HDEL: how many of the fields existed.
  @discardableResult
  package func hdelete(_ key: String, _ fields: [String]) async throws -> Int {
    guard !fields.isEmpty else { return 0 }
    let arguments = [.string(key)] + fields.map { RedisArgument.string($0) }
    return Int(try await send(RedisCommand("HDEL", arguments, keys: .first)).integer())
  }

  /// HINCRBY: the field's value after it.
  @discardableResult
  package func hincrement(_ key: String, _ field: String, by amount: Int64 = 1) async throws -> Int64 {
    let arguments: [RedisArgument] = [.string(key), .string(field), .integer(amount)]
    return try await send(RedisCommand("HINCRBY", arguments, keys: .first)).integer()
  }
}
