import NIOCore
import Testing

@testable import RedisClient

@Suite("What waits for a slow subscriber")
struct SubscriptionBufferTests {
  private func message(_ number: Int, bytes: Int = 1) -> RedisSubscriptionEvent {
    .message(RedisMessage(channel: "\(number)", pattern: nil, payload: ByteBuffer(repeating: 0, count: bytes)))
  }

  private func drain(_ buffer: inout SubscriptionBuffer) -> [RedisSubscriptionEvent] {
    var events: [RedisSubscriptionEvent] = []
    while let event = buffer.next() { events.append(event) }
    return events
  }

  @Test("Events come in order")
  func order() {
    var buffer = SubscriptionBuffer(maximumMessages: 10, maximumBytes: 1000)
    for number in 0..<3 { buffer.append(message(number)) }
    buffer.append(.reconnected)
    #expect(drain(&buffer) == [message(0), message(1), message(2), .reconnected])
  }

  @Test("When it is full the oldest give way, and their number is told first")
  func overflow() {
    var buffer = SubscriptionBuffer(maximumMessages: 3, maximumBytes: 1000)
    for number in 0..<5000 { buffer.append(message(number)) }
    #expect(drain(&buffer) == [.dropped(4997), message(4997), message(4998), message(4999)])
    buffer.append(message(1))
    #expect(drain(&buffer) == [message(1)])
  }

  @Test("Bytes are bounded too, but the newest message always stays")
  func bytes() {
    var buffer = SubscriptionBuffer(maximumMessages: 100, maximumBytes: 100)
    for number in 0..<3 { buffer.append(message(number, bytes: 60)) }
    #expect(drain(&buffer) == [.dropped(2), message(2, bytes: 60)])
    buffer.append(message(7, bytes: 5000))
    #expect(drain(&buffer) == [message(7, bytes: 5000)])
  }
}
