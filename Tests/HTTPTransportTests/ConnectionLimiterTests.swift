import Testing

@testable import HTTPTransport

@Suite struct ConnectionLimiterTests {
  @Test("The total and each peer's share are bounded, and places come back")
  func limits() {
    let limiter = ConnectionLimiter(maxTotal: 3, maxPerPeer: 2)
    #expect(limiter.acquire("a") && limiter.acquire("a"))
    #expect(!limiter.acquire("a"))
    #expect(limiter.acquire("b"))
    #expect(!limiter.acquire("c"), "the total is reached")
    #expect(limiter.count == 3)
    limiter.release("a")
    #expect(limiter.acquire("a"))
    #expect(!limiter.acquire("a"))
  }

  @Test("A refused connection takes no place of its peer")
  func refusedTakesNothing() {
    let limiter = ConnectionLimiter(maxTotal: 1, maxPerPeer: 1)
    #expect(limiter.acquire("a"))
    #expect(!limiter.acquire("b"))
    limiter.release("a")
    #expect(limiter.count == 0)
    #expect(limiter.acquire("b"))
  }

  @Test("Without a share, and for peers without an address, only the total counts")
  func unlimitedPeers() {
    let limiter = ConnectionLimiter(maxTotal: 3, maxPerPeer: 0)
    #expect(limiter.acquire("a") && limiter.acquire("a") && limiter.acquire("a") && !limiter.acquire("a"))
    let shared = ConnectionLimiter(maxTotal: 2, maxPerPeer: 1)
    #expect(shared.acquire(nil) && shared.acquire(nil) && !shared.acquire(nil))
  }
}
