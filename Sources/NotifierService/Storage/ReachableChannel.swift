internal import PostgresClient

/// A verified channel that is in working order.
struct ReachableChannel: Sendable {
  var id: Int64
  var subscriber: String
  var kind: ChannelKind
  var language: Language

  /// The channels of these subscribers.
  static func load(
    of subscribers: [String], _ transaction: PostgresTransaction
  ) async throws -> ReachableChannels {
    // The unique index on (subscriber, kind, address).
    let rows = try await transaction.query(
      """
      SELECT id, subscriber, kind, language FROM channel
      WHERE subscriber = ANY ($1) AND verified_at IS NOT NULL AND disabled_at IS NULL
      ORDER BY id
      """, [subscribers])
    var channels: [String: [ReachableChannel]] = [:]
    for (id, subscriber, kind, language) in try rows.decode((Int64, String, Int16, String).self) {
      guard let kind = ChannelKind(rawValue: kind) else { continue }
      channels[subscriber, default: []].append(
        ReachableChannel(
          id: id, subscriber: subscriber, kind: kind, language: Language(rawValue: language) ?? .turkish))
    }
    return ReachableChannels(bySubscriber: channels)
  }
}

struct ReachableChannels: Sendable {
  var bySubscriber: [String: [ReachableChannel]]

  /// Those that an alert names, or all of its subscriber's.
  func reached(by alert: Alert) -> [ReachableChannel] {
    let all = bySubscriber[alert.subscriber] ?? []
    return alert.channels.isEmpty ? all : all.filter { alert.channels.contains($0.id) }
  }
}
