internal import NIOCore

/// Who wants which topics, what the server confirmed, and which answers are still to come.
///
/// The server answers each command in order, with messages in between; an error answer names no topic, so its place in
/// that order tells which one it refuses.
struct SubscriptionRegistry {
  private enum Expected {
    case subscription(SubscriptionTopic, turn: UInt64)
    case other
  }

  private struct Subscriber {
    var topics: Set<SubscriptionTopic>
    var unconfirmed: Set<SubscriptionTopic>
    /// Was confirmed before: a new confirmation ends a gap.
    var wasEstablished = false
  }

  /// What an answer to SUBSCRIBE means.
  struct Confirmation: Equatable {
    /// These have all their topics for the first time.
    var established: [UInt64] = []
    /// These have all their topics again after a reconnect.
    var restored: [UInt64] = []
    /// The server refuses a topic of these; they are removed.
    var refused: [UInt64] = []
    /// To send, because nobody wants these topics any more.
    var unsubscribe: [SubscriptionTopic] = []
  }

  private var subscribers: [UInt64: Subscriber] = [:]
  private var wanted: [SubscriptionTopic: Set<UInt64>] = [:]
  private var confirmed: Set<SubscriptionTopic> = []
  /// The last SUBSCRIBE of each wanted topic: an answer to an earlier one, given up since, confirms nothing.
  private var turns: [SubscriptionTopic: UInt64] = [:]
  private var lastTurn: UInt64 = 0
  private var expected = CircularBuffer<Expected>()

  var isEmpty: Bool { subscribers.isEmpty }

  /// Adds a subscriber; returns the topics that were not wanted before, and whether all are confirmed already.
  mutating func add(_ id: UInt64, _ topics: Set<SubscriptionTopic>) -> (new: [SubscriptionTopic], isEstablished: Bool) {
    var subscriber = Subscriber(topics: topics, unconfirmed: topics.subtracting(confirmed))
    subscriber.wasEstablished = subscriber.unconfirmed.isEmpty
    subscribers[id] = subscriber
    var new: [SubscriptionTopic] = []
    for topic in topics where wanted[topic, default: []].insert(id).inserted && wanted[topic]?.count == 1 {
      new.append(topic)
    }
    return (new, subscriber.wasEstablished)
  }

  /// Removes a subscriber; returns the topics that nobody wants any more.
  mutating func remove(_ id: UInt64) -> [SubscriptionTopic] {
    guard let subscriber = subscribers.removeValue(forKey: id) else { return [] }
    var unwanted: [SubscriptionTopic] = []
    for topic in subscriber.topics {
      wanted[topic]?.remove(id)
      if wanted[topic]?.isEmpty == true {
        wanted[topic] = nil
        turns[topic] = nil
        confirmed.remove(topic)
        unwanted.append(topic)
      }
    }
    return unwanted
  }

  /// All that is wanted, for a new connection.
  var topics: [SubscriptionTopic] { Array(wanted.keys) }

  /// Who gets a message of this topic.
  func subscribers(of topic: SubscriptionTopic) -> Set<UInt64> { wanted[topic] ?? [] }

  /// SUBSCRIBE was written.
  mutating func expectSubscription(_ topic: SubscriptionTopic) {
    lastTurn += 1
    turns[topic] = lastTurn
    expected.append(.subscription(topic, turn: lastTurn))
  }

  /// Something else that is answered once was written.
  mutating func expectOther() { expected.append(.other) }

  /// The connection ended: nothing is confirmed any more and no answer will come.
  mutating func disconnect() {
    confirmed = []
    expected.removeAll()
    for (id, subscriber) in subscribers { subscribers[id]?.unconfirmed = subscriber.topics }
  }

  /// Takes the next answer that is no message; nil when none was expected.
  mutating func receiveAnswer(isError: Bool) -> Confirmation? {
    guard let next = expected.popFirst() else { return nil }
    var confirmation = Confirmation()
    guard case .subscription(let topic, let turn) = next, turns[topic] == turn, let ids = wanted[topic] else {
      return confirmation
    }
    if isError {
      confirmation.refused = ids.sorted()
      for id in ids { confirmation.unsubscribe += remove(id).filter { $0 != topic } }
      return confirmation
    }
    confirmed.insert(topic)
    for id in ids.sorted() {
      guard subscribers[id]?.unconfirmed.remove(topic) != nil, subscribers[id]?.unconfirmed.isEmpty == true else {
        continue
      }
      if subscribers[id]?.wasEstablished == true {
        confirmation.restored.append(id)
      } else {
        subscribers[id]?.wasEstablished = true
        confirmation.established.append(id)
      }
    }
    return confirmation
  }
}
