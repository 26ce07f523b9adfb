/// What a new connection says before anything else, and what the answers mean.
struct RedisHandshake {
  /// Sent together; the connection is ready when all are answered.
  let commands: [RedisCommand]
  private var answered = 0

  init(_ configuration: RedisConfiguration) {
    var commands: [RedisCommand] = []
    let password = configuration.password.map { RedisArgument.string($0.revealed) }
    let name = configuration.clientName.map { RedisArgument.string($0) }
    if configuration.usesHello {
      var arguments: [RedisArgument] = ["2"]
      if let password { arguments += ["AUTH", .string(configuration.username ?? "default"), password] }
      if let name { arguments += ["SETNAME", name] }
      commands.append(RedisCommand("HELLO", arguments))
    } else {
      if let password {
        let user = configuration.username.map { [RedisArgument.string($0)] } ?? []
        commands.append(RedisCommand("AUTH", user + [password]))
      }
      if let name { commands.append(RedisCommand("CLIENT", ["SETNAME", name])) }
    }
    if configuration.database != 0 {
      commands.append(RedisCommand("SELECT", [.integer(Int64(configuration.database))]))
    }
    // A server that is full, loading its data or wants a password says so to any command: ask before being ready.
    commands.append(RedisCommand("PING"))
    self.commands = commands
  }

  /// Takes the next answer; true when it was the last.
  ///
  /// - Throws: `RedisError` with `.authenticationFailed`, or `.notConnected` when the server refuses for another reason.
  mutating func receive(_ reply: RESPValue) throws -> Bool {
    let command = commands[answered].name
    answered += 1
    guard case .error(let error) = reply else { return answered == commands.count }
    switch error.kind {
    case "WRONGPASS", "NOAUTH":
      throw RedisError(
        .authenticationFailed, "the server refused the credentials (\(error.kind)); check user and password")
    case "NOPERM" where command == "CLIENT" || command == "PING":
      // The ACL of a service user need not allow these.
      return answered == commands.count
    // A server that is full says `ERR max number of clients reached` to whatever comes first.
    case "ERR" where command == "AUTH" && !error.message.contains("max number of clients"):
      throw RedisError(
        .authenticationFailed, "the server knows no AUTH with these credentials; check user and password")
    default:
      throw RedisError(.notConnected, "the server refused \(command) on a new connection", cause: RedisError(error))
    }
  }
}
