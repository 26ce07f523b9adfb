internal import NIOCore

/// The events that wait for one slow consumer, bounded in number and bytes: when full, the oldest messages give way and
/// their number is told in their place.
struct SubscriptionBuffer {
  private let maximumMessages: Int
  private let maximumBytes: Int
  private var events: [RedisSubscriptionEvent] = []
  private var head = 0
  private var bytes = 0
  private var dropped = 0

  init(maximumMessages: Int, maximumBytes: Int) {
    self.maximumMessages = max(1, maximumMessages)
    self.maximumBytes = maximumBytes
  }

  private var count: Int { events.count - head }

  private func cost(_ event: RedisSubscriptionEvent) -> Int {
    guard case .message(let message) = event else { return 0 }
    return message.payload.readableBytes + message.channel.utf8.count
  }

  mutating func append(_ event: RedisSubscriptionEvent) {
    events.append(event)
    bytes += cost(event)
    // The newest stays, however large it is.
    while count > 1, count > maximumMessages || bytes > maximumBytes {
      if case .message = events[head] { dropped += 1 }
      removeHead()
    }
  }

  mutating func next() -> RedisSubscriptionEvent? {
    if dropped > 0 {
      defer { dropped = 0 }
      return .dropped(dropped)
    }
    guard count > 0 else { return nil }
    let event = events[head]
    removeHead()
    return event
  }

  private mutating func removeHead() {
    bytes -= cost(events[head])
    // The slot's payload must not live until the array is trimmed.
    events[head] = .reconnected
    head += 1
    if head == events.count || head > 1024 {
      events.removeFirst(head)
      head = 0
    }
  }
}
