package import NIOCore

extension RedisCommands {
  /// SADD: how many of the members are new.
  @discardableResult
  package func sadd(_ key: String, _ members: [RedisArgument]) async throws -> Int {
    guard !members.isEmpty else { return 0 }
    return Int(try await send(RedisCommand("SADD", [.string(key)] + members, keys: .first)).integer())
  }

  /// SREM: how many of the members existed.
  @discardableResult
  package func sremove(_ key: String, _ members: [RedisArgument]) async throws -> Int {
    guard !members.isEmpty else { return 0 }
    return Int(try await send(RedisCommand("SREM", [.string(key)] + members, keys: .first)).integer())
  }

  /// SMEMBERS: all members, in no order.
  package func smembers(_ key: String) async throws -> [ByteBuffer] {
    try await send(RedisCommand("SMEMBERS", [.string(key)], keys: .first)).array().map { try $0.bytes() }
  }

  /// SISMEMBER
  package func sismember(_ key: String, _ member: RedisArgument) async throws -> Bool {
    try await send(RedisCommand("SISMEMBER", [.string(key), member], keys: .first)).bool()
  }
}
