/// What is subscribed to.
enum SubscriptionTopic: Hashable, Sendable {
  case channel(String)
  case pattern(String)

  var subscribe: RedisCommand {
    switch self {
    case .channel(let name): RedisCommand("SUBSCRIBE", [.string(name)])
    case .pattern(let glob): RedisCommand("PSUBSCRIBE", [.string(glob)])
    }
  }

  var unsubscribe: RedisCommand {
    switch self {
    case .channel(let name): RedisCommand("UNSUBSCRIBE", [.string(name)])
    case .pattern(let glob): RedisCommand("PUNSUBSCRIBE", [.string(glob)])
    }
  }
}
