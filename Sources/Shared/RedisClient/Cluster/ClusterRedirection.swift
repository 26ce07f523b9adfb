/// What a cluster node's refusal asks the client to do (cluster specification, "Redirection and resharding").
enum ClusterRedirection: Equatable {
  /// The slot lives there now: go there, now and later.
  case moved(slot: Int, RedisEndpoint)
  /// This key may have moved already: ask there, this once, after ASKING.
  case ask(RedisEndpoint)
  /// Try again a little later: keys of one command are on both sides of a migration, or the cluster is not whole.
  case later

  /// Nil when the error is no such refusal.
  init?(_ error: RedisError, asked: RedisEndpoint) {
    guard error.code == .server, let text = error.serverMessage else { return nil }
    switch error.serverErrorKind {
    case "MOVED", "ASK":
      let words = text.split(separator: " ")
      guard words.count >= 3, let slot = Int(words[1]), (0..<HashSlot.count).contains(slot),
        let colon = words[2].lastIndex(of: ":"), let port = Int64(words[2][words[2].index(after: colon)...]),
        let endpoint = SlotMap.endpoint(host: String(words[2][..<colon]), port: port, asked: asked)
      else { return nil }
      self = error.serverErrorKind == "ASK" ? .ask(endpoint) : .moved(slot: slot, endpoint)
    case "TRYAGAIN", "CLUSTERDOWN", "LOADING", "MASTERDOWN":
      self = .later
    default:
      return nil
    }
  }
}
