import Testing

@testable import MeshRPC

@Suite("Balancer")
struct BalancerTests {
  private func pick(
    _ balancer: inout Balancer<Int>, _ states: [Int: ConnectivityState], outstanding: [Int: Int] = [:]
  ) -> Pick<Int> {
    var generator = SplitMix64(seed: 1)
    return balancer.pick(
      using: &generator, state: { states[$0] ?? .idle }, outstanding: { outstanding[$0] ?? 0 })
  }

  @Test("Every policy picks the only ready endpoint", arguments: LoadBalancingPolicy.allCases)
  func onlyReady(policy: LoadBalancingPolicy) {
    var balancer = Balancer<Int>(policy)
    balancer.update(endpoints: [1, 2, 3, 4])
    for ready in 1...4 {
      for other in ConnectivityState.allCases where other != .ready {
        var states = [1: other, 2: other, 3: other, 4: other]
        states[ready] = .ready
        for _ in 0..<10 { #expect(pick(&balancer, states) == .endpoint(ready)) }
      }
    }
  }

  @Test(
    "Without a ready endpoint a call waits while one may become ready, and fails otherwise",
    arguments: LoadBalancingPolicy.allCases)
  func waitOrFail(policy: LoadBalancingPolicy) {
    var balancer = Balancer<Int>(policy)
    #expect(pick(&balancer, [:]) == .fail)
    balancer.update(endpoints: [1, 2])
    let table: [(ConnectivityState, ConnectivityState, Pick<Int>)] = [
      (.idle, .idle, .wait), (.connecting, .transientFailure, .wait), (.transientFailure, .idle, .wait),
      (.transientFailure, .transientFailure, .fail), (.shutdown, .transientFailure, .fail),
      (.shutdown, .shutdown, .fail), (.connecting, .connecting, .wait),
    ]
    for (first, second, expected) in table {
      #expect(pick(&balancer, [1: first, 2: second]) == expected)
    }
  }

  @Test("Repeated endpoints count once", arguments: LoadBalancingPolicy.allCases)
  func duplicates(policy: LoadBalancingPolicy) {
    var balancer = Balancer<Int>(policy)
    balancer.update(endpoints: [3, 1, 3, 2, 1])
    #expect(balancer.endpoints == [3, 1, 2])
  }

  @Test(
    "pick_first connects to one after the other, and to none beside one that works or is tried",
    arguments: [
      ([ConnectivityState.idle, .idle, .idle], [0]), ([.connecting, .idle, .idle], []),
      ([.transientFailure, .idle, .idle], [1]), ([.transientFailure, .connecting, .idle], []),
      ([.idle, .ready, .idle], []), ([.transientFailure, .transientFailure, .transientFailure], []),
      ([.shutdown, .transientFailure, .idle], [2]), ([.idle, .idle, .connecting], []),
    ] as [([ConnectivityState], [Int])])
  func pickFirstConnects(states: [ConnectivityState], expected: [Int]) {
    var balancer = Balancer<Int>(.pickFirst)
    balancer.update(endpoints: [0, 1, 2])
    #expect(balancer.endpointsToConnect { states[$0] } == expected)
  }

  @Test(
    "The other policies connect to all idle endpoints",
    arguments: [
      LoadBalancingPolicy.roundRobin, .leastOutstanding,
    ])
  func othersConnect(policy: LoadBalancingPolicy) {
    var balancer = Balancer<Int>(policy)
    balancer.update(endpoints: [0, 1, 2, 3, 4])
    let states: [ConnectivityState] = [.idle, .ready, .idle, .transientFailure, .connecting]
    #expect(balancer.endpointsToConnect { states[$0] } == [0, 2])
  }

  @Test("pick_first stays with its endpoint while that is ready")
  func pickFirstSticks() {
    var balancer = Balancer<Int>(.pickFirst)
    balancer.update(endpoints: [1, 2, 3])
    #expect(pick(&balancer, [2: .ready]) == .endpoint(2))
    #expect(pick(&balancer, [1: .ready, 2: .ready, 3: .ready]) == .endpoint(2))
    balancer.update(endpoints: [3, 1, 2])
    #expect(pick(&balancer, [1: .ready, 2: .ready, 3: .ready]) == .endpoint(2))
    #expect(pick(&balancer, [1: .ready, 3: .ready]) == .endpoint(3))
    balancer.update(endpoints: [1, 2])
    #expect(pick(&balancer, [1: .ready, 2: .ready, 3: .ready]) == .endpoint(1))
  }

  @Test("round_robin takes turns among the ready, through changes")
  func roundRobin() {
    var balancer = Balancer<Int>(.roundRobin)
    balancer.update(endpoints: [1, 2, 3])
    let all: [Int: ConnectivityState] = [1: .ready, 2: .ready, 3: .ready]
    #expect((0..<7).map { _ in pick(&balancer, all) } == [1, 2, 3, 1, 2, 3, 1].map { .endpoint($0) })
    let some: [Int: ConnectivityState] = [1: .ready, 2: .transientFailure, 3: .ready]
    #expect((0..<4).map { _ in pick(&balancer, some) } == [3, 1, 3, 1].map { .endpoint($0) })
    balancer.update(endpoints: [1])
    #expect((0..<2).map { _ in pick(&balancer, all) } == [1, 1].map { .endpoint($0) })
    balancer.update(endpoints: [])
    #expect(pick(&balancer, all) == .fail)
  }

  @Test("Of two endpoints the one with fewer calls is taken, always")
  func leastOfTwo() {
    var balancer = Balancer<Int>(.leastOutstanding)
    balancer.update(endpoints: [1, 2])
    var generator = SplitMix64(seed: 7)
    for _ in 0..<50 {
      let pick = balancer.pick(using: &generator, state: { _ in .ready }, outstanding: { $0 == 1 ? 5 : 4 })
      #expect(pick == .endpoint(2))
    }
  }

  @Test("The busiest of many is never taken, and all others are, ready ones only")
  func leastOfMany() {
    var balancer = Balancer<Int>(.leastOutstanding)
    balancer.update(endpoints: Array(0..<6))
    var generator = SplitMix64(seed: 7)
    var counts: [Int: Int] = [:]
    for _ in 0..<4000 {
      let pick = balancer.pick(
        using: &generator, state: { $0 == 5 ? .connecting : .ready }, outstanding: { $0 == 0 ? 9 : 1 })
      if case .endpoint(let id) = pick { counts[id, default: 0] += 1 }
    }
    #expect(counts[0] == nil)
    #expect(counts[5] == nil)
    for id in 1...4 { #expect((850...1150).contains(counts[id] ?? 0), "endpoint \(id)") }
  }

  @Test("Equal endpoints share the calls evenly")
  func leastEven() {
    var balancer = Balancer<Int>(.leastOutstanding)
    balancer.update(endpoints: Array(0..<4))
    var generator = SplitMix64(seed: 7)
    var counts = [0, 0, 0, 0]
    for _ in 0..<4000 {
      let pick = balancer.pick(using: &generator, state: { _ in .ready }, outstanding: { counts[$0] })
      if case .endpoint(let id) = pick { counts[id] += 1 }
    }
    for count in counts { #expect((990...1010).contains(count)) }
  }
}
