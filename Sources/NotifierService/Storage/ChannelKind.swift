/// How a channel reaches its subscriber. The numbers are those of the contract and of the tables.
enum ChannelKind: Int16, Sendable, CaseIterable {
  case telegram = 1
  case webhook = 2
  case email = 3
  case webPush = 4

  /// For metrics.
  var name: String {
    switch self {
    case .telegram: "telegram"
    case .webhook: "webhook"
    case .email: "email"
    case .webPush: "web_push"
    }
  }
}
