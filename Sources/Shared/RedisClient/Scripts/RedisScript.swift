package import NIOCore

/// A Lua script, named by its SHA-1. Make it once (`static let`): the digest is computed here.
package struct RedisScript: Hashable, Sendable {
  /// The script's text.
  package let source: String
  /// SHA-1 of the text, as EVALSHA wants it.
  package let digest: String

  package init(_ source: String) {
    self.source = source
    self.digest = SHA1.hexDigest(source)
  }
}

extension RedisCommands {
  /// Runs a script by EVALSHA. Where the server does not know it (NOSCRIPT: restarted, flushed, another node), EVAL
  /// sends the text, which runs it and loads it in the same step, on whichever connection and node that is.
  ///
  /// - Parameters:
  ///   - keys: `KEYS`; in a cluster all need one slot.
  ///   - arguments: `ARGV`
  ///   - timeout: for each of the at most two commands; nil takes the configured one.
  package func evaluate(
    _ script: RedisScript, keys: [String], arguments: [RedisArgument] = [], timeout: TimeAmount? = nil
  ) async throws -> RESPValue {
    let tail = [.integer(Int64(keys.count))] + keys.map { RedisArgument.string($0) } + arguments
    let positions = RedisCommand.Keys.range(2..<2 + keys.count)
    do {
      return try await send(RedisCommand("EVALSHA", [.string(script.digest)] + tail, keys: positions), timeout: timeout)
    } catch let error as RedisError where error.serverErrorKind == "NOSCRIPT" {
      return try await send(RedisCommand("EVAL", [.string(script.source)] + tail, keys: positions), timeout: timeout)
    }
  }
}
