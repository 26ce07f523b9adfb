package import NIOCore

/// One page of a SCAN.
package struct ScanPage: Sendable {
  /// Where to go on; nil at the end.
  package let next: UInt64?
  /// The keys of this page: any number, repeats are possible.
  package let keys: [String]
}

extension RedisCommands {
  /// DEL: how many of the keys existed. In a cluster all keys need one slot.
  @discardableResult
  package func delete(_ keys: [String]) async throws -> Int {
    guard !keys.isEmpty else { return 0 }
    return Int(try await send(RedisCommand("DEL", keys.map { .string($0) }, keys: .all)).integer())
  }

  /// EXISTS: how many of the keys exist, repeats counted.
  package func exists(_ keys: [String]) async throws -> Int {
    guard !keys.isEmpty else { return 0 }
    return Int(try await send(RedisCommand("EXISTS", keys.map { .string($0) }, keys: .all)).integer())
  }

  /// PEXPIRE: false when the key does not exist. Rounded up to milliseconds; zero and less removes the key.
  @discardableResult
  package func expire(_ key: String, after time: TimeAmount) async throws -> Bool {
    let arguments: [RedisArgument] = [.string(key), .integer(time.roundedUpToMilliseconds)]
    return try await send(RedisCommand("PEXPIRE", arguments, keys: .first)).bool()
  }

  /// PTTL: time until the key expires; nil when it does not exist or never expires.
  package func timeToLive(_ key: String) async throws -> TimeAmount? {
    let milliseconds = try await send(RedisCommand("PTTL", [.string(key)], keys: .first)).integer()
    return milliseconds < 0 ? nil : .milliseconds(milliseconds)
  }

  /// SCAN: one page of the keys of one node.
  ///
  /// - Parameters:
  ///   - cursor: nil to begin, else `ScanPage.next`.
  ///   - pattern: a glob over the whole key.
  ///   - count: about how many keys the server looks at.
  package func scan(from cursor: UInt64? = nil, matching pattern: String? = nil, count: Int = 100) async throws
    -> ScanPage
  {
    var arguments: [RedisArgument] = [.string(String(cursor ?? 0))]
    if let pattern { arguments += ["MATCH", .string(pattern)] }
    arguments += ["COUNT", .integer(Int64(max(1, count)))]
    let reply = try await send(RedisCommand("SCAN", arguments)).array()
    guard reply.count == 2, let next = UInt64(try reply[0].string()) else {
      throw RedisError(.unexpectedReply, "SCAN was not answered with a cursor and keys")
    }
    return ScanPage(next: next == 0 ? nil : next, keys: try reply[1].strings())
  }
}
