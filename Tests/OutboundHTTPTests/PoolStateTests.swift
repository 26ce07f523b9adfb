import NIOCore
import Testing

@testable import OutboundHTTP

@Suite("Pool of outbound connections")
struct PoolStateTests {
  final class Connection: Sendable {}
  typealias State = PoolState<Connection, Int>

  private func state(total: Int = 3, perHost: Int = 2, waiting: Int = 2) -> State {
    State(State.Limits(maxConnections: total, maxPerHost: perHost, maxWaiting: waiting))
  }

  private func key(_ host: String) -> PoolKey {
    guard let url = try? OutboundURL("http://\(host).example/") else { preconditionFailure("no URL") }
    return PoolKey(url)
  }

  /// `#expect` makes no mutating calls by itself.
  private func isTrue(_ value: Bool) -> Bool { value }

  private let now = NIODeadline.uptimeNanoseconds(1_000)

  /// What a request was told, as text.
  private func ask(_ state: inout State, _ host: String, fresh: Bool = false, id: UInt64 = 0) -> String {
    switch state.acquire(key(host), isFresh: fresh, id: id, waiter: Int(id)) {
    case .granted(.reuse): "reuse"
    case .granted(.open(nil)): "open"
    case .granted(.open): "evict"
    case .waiting: "wait"
    case .overloaded: "overloaded"
    case .closed: "closed"
    }
  }

  @Test("A connection that was given back is used again, the last one first")
  func reuse() {
    var state = state()
    let (first, second) = (Connection(), Connection())
    for connection in [first, second] {
      #expect(ask(&state, "a") == "open")
      #expect(isTrue(state.opened(connection)))
    }
    #expect(isTrue(state.release(key("a"), first, isReusable: true, now: now)))
    #expect(isTrue(state.release(key("a"), second, isReusable: true, now: now)))
    guard case .granted(.reuse(let again)) = state.acquire(key("a"), isFresh: false, id: 0, waiter: 0) else {
      Issue.record("no connection was reused")
      return
    }
    #expect(again === second)
    #expect(state.idleCount == 1)
  }

  @Test("A host gets no more than its share, and all together no more than the total")
  func limits() {
    var state = state()
    #expect(ask(&state, "a") == "open")
    #expect(ask(&state, "a") == "open")
    #expect(ask(&state, "a", id: 1) == "wait")
    #expect(ask(&state, "b") == "open")
    #expect(ask(&state, "c", id: 2) == "wait")
    #expect(ask(&state, "d", id: 3) == "overloaded")
    #expect(state.usedCount == 3)
  }

  @Test("A kept connection of another host makes room")
  func eviction() {
    var state = state(total: 1)
    #expect(ask(&state, "a") == "open")
    let connection = Connection()
    #expect(isTrue(state.opened(connection)))
    #expect(isTrue(state.release(key("a"), connection, isReusable: true, now: now)))
    #expect(ask(&state, "b") == "evict")
    #expect(state.idleCount == 0)
  }

  @Test("Who asks for a fresh connection gets none that was kept")
  func fresh() {
    var state = state(total: 1, perHost: 1)
    let connection = Connection()
    #expect(ask(&state, "a") == "open")
    #expect(isTrue(state.release(key("a"), connection, isReusable: true, now: now)))
    #expect(ask(&state, "a", fresh: true) == "evict")
  }

  @Test("Who waits goes on in order, past those who can't yet")
  func waiting() {
    var state = state(total: 2, perHost: 1)
    #expect(ask(&state, "a") == "open")
    #expect(ask(&state, "b") == "open")
    #expect(ask(&state, "a", id: 1) == "wait")
    #expect(ask(&state, "b", id: 2) == "wait")
    #expect(state.wake() == nil)
    _ = state.release(key("b"), nil, isReusable: false, now: now)
    #expect(state.wake()?.waiter == 2)
    #expect(state.wake() == nil)
    _ = state.release(key("a"), Connection(), isReusable: true, now: now)
    let woken = state.wake()
    #expect(woken?.waiter == 1)
    if case .reuse = woken?.grant {} else { Issue.record("the kept connection was not used") }
    #expect(state.waitingCount == 0)
  }

  @Test("Who waits no longer is taken out")
  func cancelled() {
    var state = state(total: 1)
    #expect(ask(&state, "a") == "open")
    #expect(ask(&state, "b", id: 7) == "wait")
    #expect(state.cancel(7) == 7)
    #expect(state.cancel(7) == nil)
    _ = state.release(key("a"), nil, isReusable: false, now: now)
    #expect(state.wake() == nil)
    #expect(state.usedCount == 0)
  }

  @Test("A connection is forgotten when it has ended or was kept for too long, but not when it was used since")
  func forgotten() {
    var state = state()
    let connection = Connection()
    #expect(ask(&state, "a") == "open")
    #expect(isTrue(state.release(key("a"), connection, isReusable: true, now: now)))
    #expect(!isTrue(state.forget(connection, keptBefore: now - .nanoseconds(1))))
    #expect(isTrue(state.forget(connection, keptBefore: now)))
    #expect(!isTrue(state.forget(connection)))
    #expect(ask(&state, "a") == "open")
  }

  @Test("A closed pool gives up everything")
  func closed() {
    var state = state(total: 2)
    let (idle, active) = (Connection(), Connection())
    #expect(ask(&state, "a") == "open")
    #expect(ask(&state, "a") == "open")
    #expect(isTrue(state.opened(active)))
    #expect(isTrue(state.release(key("a"), idle, isReusable: true, now: now)))
    #expect(ask(&state, "b") == "evict")
    #expect(ask(&state, "c", id: 4) == "wait")
    let all = state.close()
    #expect(all.connections.count == 1)
    #expect(all.waiters == [4])
    #expect(ask(&state, "a") == "closed")
    #expect(!isTrue(state.opened(Connection())))
    #expect(!isTrue(state.release(key("a"), active, isReusable: true, now: now)))
  }
}
