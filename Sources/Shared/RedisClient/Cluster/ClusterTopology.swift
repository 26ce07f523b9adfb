internal import Logging
internal import NIOConcurrencyHelpers
internal import NIOCore

/// Keeps the slot map current: now and then, and whenever a call finds it stale. Requests that come while one is under
/// way are served by one more.
final class ClusterTopology: Sendable {
  private let nodes: ClusterNodes
  private let logger: Logger
  private let requests: AsyncStream<Void>.Continuation
  private let ticker: RepeatedTask
  private let worker: Task<Void, Never>

  init(_ nodes: ClusterNodes, interval: TimeAmount, eventLoop: any EventLoop, logger: Logger) {
    let (stream, requests) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    self.nodes = nodes
    self.logger = logger
    self.requests = requests
    ticker = eventLoop.scheduleRepeatedTask(initialDelay: interval, delay: interval) { _ in requests.yield() }
    worker = Task {
      for await _ in stream {
        do {
          try await Self.refresh(nodes)
          // A storm of redirections must not become a storm of requests.
          try await Task.sleep(for: .milliseconds(20))
        } catch {
          logger.info("redis cluster topology is not current", metadata: ["error": "\(error)"])
        }
      }
    }
  }

  /// Asks for a refresh in the background.
  func request() {
    requests.yield()
  }

  /// Ends the background work and awaits its end.
  func stop() async {
    ticker.cancel()
    requests.finish()
    worker.cancel()
    await worker.value
  }

  /// Asks nodes in turn until one tells the topology.
  ///
  /// - Throws: what the last one said.
  func refresh() async throws {
    try await Self.refresh(nodes)
  }

  private static func refresh(_ nodes: ClusterNodes) async throws {
    var failure: any Error = RedisError(.clusterUnavailable, "no seed node is configured")
    for endpoint in nodes.toAsk {
      do {
        let client = try nodes.client(of: endpoint)
        let reply = try await client.send(RedisCommand("CLUSTER", ["SLOTS"]))
        let map = try SlotMap(reply, asked: endpoint)
        guard !map.nodes.isEmpty else {
          throw RedisError(.clusterUnavailable, "\(endpoint) knows no slots; is the cluster set up?")
        }
        for client in nodes.adopt(map) { try await client.shutdown() }
        return
      } catch is CancellationError {
        throw CancellationError()
      } catch {
        failure = error
      }
    }
    throw failure
  }
}
