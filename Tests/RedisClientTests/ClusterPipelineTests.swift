import NIOCore
import Testing

@testable import RedisClient

@Suite("A pipeline over a cluster's nodes")
struct ClusterPipelineTests {
  private let a = RedisEndpoint.tcp(host: "a", port: 1)
  private let b = RedisEndpoint.tcp(host: "b", port: 2)

  private func get(_ key: String) -> RedisCommand { RedisCommand("GET", [.string(key)], keys: .first) }

  private func error(_ text: String) -> Result<RESPValue, RedisError> {
    .failure(RedisError(RedisServerError(message: text)))
  }

  @Test("Commands go by slot, in order, and those without keys to one node")
  func groups() {
    var pipeline = ClusterPipeline([get("foo"), RedisCommand("PING"), get("bar"), get("{foo}2"), RedisCommand("PING")])
    let foo = HashSlot.of("foo")
    let groups = pipeline.beginRound { $0 == foo ? a : b }
    #expect(groups == [a: [0, 3], b: [1, 2, 4]])
    #expect(!pipeline.isDone && !pipeline.mustPause && !pipeline.isMapSuspect)
  }

  @Test("A command with keys of two slots fails alone")
  func crossSlot() {
    var pipeline = ClusterPipeline([RedisCommand("MGET", ["foo", "bar"], keys: .all), get("foo")])
    #expect(pipeline.beginRound { _ in a } == [a: [1]])
    #expect(pipeline.take(.success(.null), of: 1, from: a) == nil)
    #expect(pipeline.isDone)
    guard case .failure(let error) = pipeline.results[0] else {
      Issue.record("it has no error")
      return
    }
    #expect(error.code == .crossSlot)
  }

  @Test("What moved stays open, what asks is taken once, what failed is over")
  func outcomes() {
    var pipeline = ClusterPipeline((0..<5).map { get("{foo}\($0)") })
    _ = pipeline.beginRound { _ in a }
    let move = pipeline.take(error("MOVED 12182 b:2"), of: 0, from: a)
    #expect(move?.slot == 12182 && move?.owner == b)
    #expect(pipeline.isMapSuspect && !pipeline.mustPause)
    #expect(pipeline.take(error("ASK 12182 b:2"), of: 1, from: a) == nil)
    _ = pipeline.take(error("WRONGTYPE no"), of: 2, from: a)
    _ = pipeline.take(.failure(RedisError(.connectionLost, "gone")), of: 3, from: a)
    #expect(!pipeline.mustPause)
    _ = pipeline.take(.failure(RedisError(.timeout, "late", isUnsent: true)), of: 4, from: a)
    #expect(pipeline.mustPause)
    #expect(pipeline.takeAsking() == [1] && pipeline.takeAsking().isEmpty)
    pipeline.finish(1, .success(.integer(1)))
    #expect(pipeline.beginRound { _ in b } == [b: [0, 4]])
    let codes = pipeline.results.map { result -> RedisError.Code? in
      if case .failure(let error) = result { error.code } else { nil }
    }
    #expect(codes == [.clusterUnavailable, nil, .server, .connectionLost, .clusterUnavailable])
  }

  @Test("A round that cannot begin fails all, unless that may pass")
  func noRound() {
    var pipeline = ClusterPipeline([get("foo")])
    pipeline.fail(RedisError(.notConnected, "no node"))
    #expect(pipeline.mustPause && !pipeline.isDone)
    pipeline.fail(RedisError(.closed, "shut down"))
    #expect(pipeline.isDone)
    guard case .failure(let error) = pipeline.results[0] else {
      Issue.record("it has no error")
      return
    }
    #expect(error.code == .closed && !error.isUnsent)
  }
}
