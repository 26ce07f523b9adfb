package import NIOCore

/// Whatever runs commands: one server's client, a cluster's client, or a fake in a test.
///
/// Every typed command is an extension of this. All of them throw `RedisError`, or `CancellationError` when the task
/// is cancelled; a cancelled or timed-out command leaves its pipeline neighbours alone, and may still be executed.
package protocol RedisCommands: Sendable {
  /// Runs one command.
  ///
  /// - Parameter timeout: until the reply, queueing included; nil takes the configured one.
  /// - Throws: an error reply as `RedisError` with `.server`.
  func send(_ command: RedisCommand, timeout: TimeAmount?) async throws -> RESPValue

  /// Runs commands that are written together; results come in their order, each with its own error.
  ///
  /// - Throws: `CancellationError`; other failures stand in the results.
  func pipeline(_ commands: [RedisCommand], timeout: TimeAmount?) async throws -> [Result<RESPValue, RedisError>]
}

extension RedisCommands {
  /// Runs one command within the configured timeout.
  package func send(_ command: RedisCommand) async throws -> RESPValue {
    try await send(command, timeout: nil)
  }

  /// Runs commands that are written together, within the configured timeout.
  package func pipeline(_ commands: [RedisCommand]) async throws -> [Result<RESPValue, RedisError>] {
    try await pipeline(commands, timeout: nil)
  }

  /// PING: returns when the server answered.
  package func ping() async throws {
    guard try await send(RedisCommand("PING")).string() == "PONG" else {
      throw RedisError(.unexpectedReply, "PING was not answered with PONG")
    }
  }
}
