import MeshRPC
import NIOCore
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(1)))
struct BalancingTests {
  private static func servers(_ names: [String]) async throws -> [LoopbackServer] {
    var servers: [LoopbackServer] = []
    for name in names { servers.append(try await LoopbackServer.start([Probe.named(name)])) }
    return servers
  }

  /// Calls until every name has answered: connections come up one by one.
  private static func warmUp(_ channel: RPCChannel, _ names: [String]) async throws {
    var seen: Set<String> = []
    while seen.count < names.count { seen.insert(try await channel.probe()) }
  }

  @Test("round_robin gives every server the same, and goes on without one that dies")
  func roundRobin() async throws {
    let names = ["a", "b", "c"]
    let servers = try await Self.servers(names)
    let channel = RPCChannel(provider: try ConnectionPool(to: servers, policy: .roundRobin))
    try await Carrier.ending(channel) { channel in
      try await Self.warmUp(channel, names)
      var counts: [String: Int] = [:]
      for _ in 0..<9 { counts[try await channel.probe(), default: 0] += 1 }
      #expect(counts == ["a": 3, "b": 3, "c": 3])
      await servers[0].stop()
      counts = [:]
      for _ in 0..<20 { counts[try await channel.probe(), default: 0] += 1 }
      #expect(counts["a"] == nil)
      #expect((counts["b"] ?? 0) + (counts["c"] ?? 0) == 20)
      #expect((counts["b"] ?? 0) >= 9 && (counts["c"] ?? 0) >= 9)
    }
    for server in servers { await server.stop() }
  }

  @Test("least_outstanding spares the server whose calls hang, and goes on without one that dies")
  func leastOutstanding() async throws {
    let release = Gate()
    /// For each call that may hang, whether it does.
    let (outcomes, outcome) = AsyncStream.makeStream(of: Bool.self)
    let hanging = MethodHandler.unary(Probe.unary) { request, _ in
      if request.text == "hang" {
        outcome.yield(true)
        try await release.wait()
      }
      return Probe.text("slow")
    }
    let slow = try await LoopbackServer.start([hanging])
    let quick = try await Self.servers(["b", "c"])
    let pool = try ConnectionPool(to: [slow] + quick, policy: .leastOutstanding)
    try await Carrier.ending(RPCChannel(provider: pool)) { channel in
      try await Self.warmUp(channel, ["slow", "b", "c"])
      try await withThrowingTaskGroup(of: Void.self) { group in
        // One after the other, until one hangs.
        var outcomesInOrder = outcomes.makeAsyncIterator()
        repeat {
          group.addTask { if try await channel.probe("hang") != "slow" { outcome.yield(false) } }
        } while await outcomesInOrder.next() == false
        // Of any two servers the slow one has more under way, so it gets none.
        var counts: [String: Int] = [:]
        for _ in 0..<40 { counts[try await channel.probe(), default: 0] += 1 }
        #expect(counts["slow"] == nil)
        #expect((counts["b"] ?? 0) > 0 && (counts["c"] ?? 0) > 0)
        await quick[0].stop()
        for _ in 0..<20 { #expect(try await channel.probe() == "c") }
        release.open()
        try await group.waitForAll()
      }
    }
    for server in quick + [slow] { await server.stop() }
  }

  @Test("A server drains under load without a failed call")
  func drain() async throws {
    let names = ["a", "b"]
    let servers = try await Self.servers(names)
    let channel = RPCChannel(provider: try ConnectionPool(to: servers, policy: .roundRobin))
    try await Carrier.ending(channel) { channel in
      try await Self.warmUp(channel, names)
      let underLoad = Gate()
      let isDrained = Gate()
      let answered = Recorder<String>()
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<16 {
          group.addTask {
            var left = 10
            while left > 0 {
              if answered.add(try await channel.probe()) == 200 { underLoad.open() }
              if isDrained.isOpen { left -= 1 }
            }
          }
        }
        try await underLoad.wait()
        await servers[0].stop(grace: .seconds(30))
        let before = answered.values.count
        isDrained.open()
        // A failed call ends the group by its error, and the test with it.
        try await group.waitForAll()
        #expect(answered.values.count >= before + 100)
      }
      #expect(try await channel.probe() == "b")
    }
    for server in servers { await server.stop() }
  }

  @Test("A stream under way outlives the drain's beginning")
  func drainWithStream() async throws {
    let handler = MethodHandler.bidirectionalStreaming(Probe.bidirectional) { requests, responses, _ in
      for try await request in requests { try await responses.write(request) }
    }
    let server = try await LoopbackServer.start([handler, Probe.echo])
    let pool = try ConnectionPool(to: [server])
    try await Carrier.ending(RPCChannel(provider: pool)) { channel in
      try await channel.bidirectionalStreaming(Probe.bidirectional, options: CallOptions()) { requests, responses in
        var responses = responses.makeAsyncIterator()
        try await requests.write(Probe.text("before"))
        #expect(try await responses.next()?.text == "before")
        async let stopped: Void = server.stop(grace: .seconds(30))
        // The listener is closed first: a new connection fails from then on, and so does a call that needs one.
        while try await status({ _ = try await channel.probe() }) == nil {}
        try await requests.write(Probe.text("after"))
        #expect(try await responses.next()?.text == "after")
        requests.finish()
        #expect(try await responses.next() == nil)
        await stopped
      }
    }
  }
}
