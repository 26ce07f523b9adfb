extension RedisCommands {
  /// PUBLISH: how many subscribers of the answering node got the message.
  @discardableResult
  package func publish(_ message: RedisArgument, to channel: String) async throws -> Int {
    Int(try await send(RedisCommand("PUBLISH", [.string(channel), message])).integer())
  }
}
