import Testing

@testable import RedisClient

@Suite("Who is subscribed to what")
struct SubscriptionRegistryTests {
  private let a = SubscriptionTopic.channel("a")
  private let b = SubscriptionTopic.pattern("b*")

  @Test("A topic is asked for once and given up with its last subscriber")
  func sharing() {
    var registry = SubscriptionRegistry()
    #expect(registry.add(1, [a]).new == [a])
    let second = registry.add(2, [a, b])
    #expect(second.new == [b] && !second.isEstablished)
    #expect(registry.subscribers(of: a) == [1, 2])
    #expect(registry.remove(1).isEmpty)
    #expect(Set(registry.remove(2)) == [a, b])
    #expect(registry.remove(2).isEmpty && registry.isEmpty)
  }

  @Test("A subscription stands when all its topics are confirmed, and again after a reconnect")
  func confirmation() {
    var registry = SubscriptionRegistry()
    _ = registry.add(1, [a, b])
    registry.expectSubscription(a)
    registry.expectOther()
    registry.expectSubscription(b)
    let first = (0..<4).map { _ in registry.receiveAnswer(isError: false) }
    #expect(first[0]?.established == [] && first[1]?.established == [])
    #expect(first[2]?.established == [1] && first[2]?.restored == [])
    #expect(first[3] == nil, "an answer too many")
    let later = registry.add(2, [a])
    #expect(later.isEstablished && later.new.isEmpty)

    registry.disconnect()
    for topic in [a, b] { registry.expectSubscription(topic) }
    #expect(registry.receiveAnswer(isError: false)?.restored == [2])
    let restored = registry.receiveAnswer(isError: false)
    #expect(restored?.restored == [1] && restored?.established == [])
  }

  @Test("The answer to a subscription that was given up confirms no later one")
  func staleAnswer() {
    var registry = SubscriptionRegistry()
    _ = registry.add(1, [a])
    registry.expectSubscription(a)
    #expect(registry.remove(1) == [a])
    registry.expectOther()
    #expect(registry.add(2, [a]).new == [a])
    registry.expectSubscription(a)
    #expect(registry.receiveAnswer(isError: false)?.established == [], "the first SUBSCRIBE")
    #expect(registry.receiveAnswer(isError: false)?.established == [], "UNSUBSCRIBE")
    #expect(registry.receiveAnswer(isError: false)?.established == [2])
  }

  @Test("An error refuses the topic in its place and nobody else's")
  func refusal() {
    var registry = SubscriptionRegistry()
    _ = registry.add(1, [a])
    _ = registry.add(2, [b])
    registry.expectSubscription(a)
    registry.expectSubscription(b)
    let refused = registry.receiveAnswer(isError: true)
    #expect(refused?.refused == [1] && refused?.unsubscribe == [])
    #expect(registry.receiveAnswer(isError: false)?.established == [2])
    #expect(registry.topics == [b])
  }
}
