extension RedisCommands {
  /// MULTI … EXEC, written together on one connection: all are executed without another client's command between.
  ///
  /// - Returns: the commands' replies in order; one that failed when executed stands there as `.error`.
  /// - Throws: the server's error when it refused to execute any.
  package func transaction(_ commands: [RedisCommand]) async throws -> [RESPValue] {
    guard !commands.isEmpty else { return [] }
    let results = try await pipeline([RedisCommand("MULTI")] + commands + [RedisCommand("EXEC")])
    // A command that is refused while queueing (unknown, no permission) makes EXEC fail: its own error says more.
    for result in results.dropFirst().dropLast() { _ = try result.get() }
    guard let executed = try results.last?.get() else {
      throw RedisError(.unexpectedReply, "EXEC was not answered")
    }
    return try executed.array()
  }
}
