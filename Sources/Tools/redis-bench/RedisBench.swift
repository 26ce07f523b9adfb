internal import ArgumentParser
internal import HTTPTransport
internal import NIOCore
internal import NIOPosix
internal import RedisClient

/// Measures RedisClient against a running server and prints one JSON object.
@main
struct RedisBench: AsyncParsableCommand {
  enum Mode: String, ExpressibleByArgument {
    /// Each task awaits one GET after the other.
    case calls
    /// Tasks await pipelines of GETs.
    case pipeline
    /// No server: the two command encoders side by side.
    case codec
  }

  static let configuration = CommandConfiguration(
    commandName: "redis-bench", abstract: "Measures GET through RedisClient; the key must exist.")

  @Option(help: "The server.")
  var url = "redis://127.0.0.1:6379"

  @Option(help: "calls, pipeline or codec.")
  var mode = Mode.calls

  @Option(help: "GETs that are outstanding at any time.")
  var outstanding = 64

  @Option(help: "GETs in all.")
  var operations = 1_000_000

  @Option(help: "Connections, each on an event loop of its own.")
  var connections = 1

  @Option(help: "Pipelines on each connection that share what is outstanding.")
  var pipelines = 1

  @Option(help: "The key to read.")
  var key = "key:__rand_int__"

  @Flag(help: "Runs the tasks on the global pool instead of the connections' event loops.")
  var global = false

  func run() async throws {
    if mode == .codec {
      try CodecBenchmark(operations: operations, key: key).run()
      return
    }
    let group = MultiThreadedEventLoopGroup(numberOfThreads: connections)
    var configuration = try RedisConfiguration(url: url)
    configuration.connections = connections
    configuration.commandTimeout = .seconds(10)
    let executors = group.makeIterator().map { EventLoopExecutor($0) }
    let (key, outstanding) = (key, outstanding)
    try await RedisClient.withClient(configuration, group: group) { client in
      try await client.waitUntilReady()
      _ = try await measure(client, executors, key, outstanding, operations / 10)
      let before = ProcessUsage.now()
      let start = ContinuousClock.now
      let bytes = try await measure(client, executors, key, outstanding, operations)
      let elapsed = (ContinuousClock.now - start) / .seconds(1)
      let after = ProcessUsage.now()
      let rate = Double(operations) / elapsed
      let cpu = (after.cpuSeconds - before.cpuSeconds) * 1e6 / Double(operations)
      print(
        "{\"mode\": \"\(mode.rawValue)\", \"operations\": \(operations), \"value_bytes\": \(bytes / operations), "
          + "\"per_second\": \(rate.rounded()), \"cpu_us\": \((cpu * 1000).rounded() / 1000), "
          + "\"peak_kib_before\": \(before.peakKiB), \"peak_kib_after\": \(after.peakKiB)}")
    }
    try await group.shutdownGracefully()
  }

  /// Reads `operations` times; returns how many bytes came.
  private func measure(
    _ client: RedisClient, _ executors: [EventLoopExecutor], _ key: String, _ outstanding: Int, _ operations: Int
  ) async throws -> Int {
    let tasks = mode == .calls ? outstanding : connections * pipelines
    let share = operations / tasks
    let mode = mode
    let batch = Array(
      repeating: RedisCommand("GET", [.string(key)], keys: .first), count: max(1, outstanding / tasks))
    return try await withThrowingTaskGroup(of: Int.self) { group in
      for task in 0..<tasks {
        let executor: (any TaskExecutor)? = global ? nil : executors[task % executors.count]
        group.addTask(executorPreference: executor) {
          mode == .calls
            ? try await Self.calls(client, key, share) : try await Self.pipelines(client, batch, share)
        }
      }
      return try await group.reduce(0, +)
    }
  }

  private static func calls(_ client: RedisClient, _ key: String, _ count: Int) async throws -> Int {
    var bytes = 0
    for _ in 0..<count { bytes += try await client.get(key)?.readableBytes ?? 0 }
    return bytes
  }

  private static func pipelines(_ client: RedisClient, _ batch: [RedisCommand], _ count: Int) async throws -> Int {
    var bytes = 0
    for _ in 0..<max(1, count / batch.count) {
      for result in try await client.pipeline(batch) { bytes += try result.get().optionalBytes()?.readableBytes ?? 0 }
    }
    return bytes
  }
}
