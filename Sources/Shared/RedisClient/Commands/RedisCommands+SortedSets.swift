package import NIOCore

/// A member of a sorted set.
package struct ScoredMember: Hashable, Sendable {
  package let member: ByteBuffer
  package let score: Double
}

extension RedisCommands {
  /// ZADD: how many of the members are new.
  @discardableResult
  package func zadd(_ key: String, _ members: [(member: RedisArgument, score: Double)]) async throws -> Int {
    guard !members.isEmpty else { return 0 }
    let arguments = [.string(key)] + members.flatMap { [RedisArgument.double($0.score), $0.member] }
    return Int(try await send(RedisCommand("ZADD", arguments, keys: .first)).integer())
  }

  /// ZREM: how many of the members existed.
  @discardableResult
  package func zremove(_ key: String, _ members: [RedisArgument]) async throws -> Int {
    guard !members.isEmpty else { return 0 }
    return Int(try await send(RedisCommand("ZREM", [.string(key)] + members, keys: .first)).integer())
  }

  /// ZSCORE: the member's score, or nil.
  package func zscore(_ key: String, _ member: RedisArgument) async throws -> Double? {
    let reply = try await send(RedisCommand("ZSCORE", [.string(key), member], keys: .first))
    return reply == .null ? nil : try reply.double()
  }

  /// ZCARD: how many members the set has.
  package func zcard(_ key: String) async throws -> Int {
    Int(try await send(RedisCommand("ZCARD", [.string(key)], keys: .first)).integer())
  }

  /// ZRANGE … WITHSCORES by rank, both ends included; negative ranks count from the end.
  package func zrange(_ key: String, _ first: Int, _ last: Int, descending: Bool = false) async throws
    -> [ScoredMember]
  {
    var arguments: [RedisArgument] = [.string(key), .integer(Int64(first)), .integer(Int64(last))]
    if descending { arguments.append("REV") }
    arguments.append("WITHSCORES")
    return try await send(RedisCommand("ZRANGE", arguments, keys: .first)).pairs()
      .map { ScoredMember(member: try $0.bytes(), score: try $1.double()) }
  }

  /// ZRANGEBYSCORE … WITHSCORES, both ends included, ascending.
  ///
  /// - Parameter limit: at most so many members; nil for all.
  package func zrange(_ key: String, scores: ClosedRange<Double>, limit: Int? = nil) async throws -> [ScoredMember] {
    var arguments: [RedisArgument] = [
      .string(key), .double(scores.lowerBound), .double(scores.upperBound), "WITHSCORES",
    ]
    if let limit { arguments += ["LIMIT", 0, .integer(Int64(limit))] }
    return try await send(RedisCommand("ZRANGEBYSCORE", arguments, keys: .first)).pairs()
      .map { ScoredMember(member: try $0.bytes(), score: try $1.double()) }
  }

  /// ZREMRANGEBYSCORE, both ends included: how many members were removed.
  @discardableResult
  package func zremove(_ key: String, scores: ClosedRange<Double>) async throws -> Int {
    let arguments: [RedisArgument] = [.string(key), .double(scores.lowerBound), .double(scores.upperBound)]
    return Int(try await send(RedisCommand("ZREMRANGEBYSCORE", arguments, keys: .first)).integer())
  }
}
