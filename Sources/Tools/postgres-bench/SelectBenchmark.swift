internal import ArgumentParser
internal import HTTPTransport
internal import NIOCore
internal import NIOPosix
internal import PostgresClient

/// Tasks that each await one row by its key after the other, all on few connections.
struct SelectBenchmark: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "select", abstract: "Reads rows of bench_rows (id bigint PRIMARY KEY, value bigint = 7 * id + 1).")

  @Option(help: "The server, as a connection string of libpq.")
  var dsn: String

  @Option(help: "Connections.")
  var connections = 4

  @Option(help: "Tasks, and so statements outstanding at any time.")
  var outstanding = 128

  @Option(help: "Statements in all, after a warm-up of a tenth.")
  var operations = 500_000

  @Option(help: "Rows in the table: keys are drawn from 1 to this.")
  var rows = 100_000

  @Option(help: "Event loops that the tasks run on; 0 runs them on the global pool.")
  var loops = 1

  struct WrongRow: Error, CustomStringConvertible {
    let description: String
  }

  func run() async throws {
    var configuration = PostgresPoolConfiguration(primary: try PostgresDSN(dsn))
    configuration.minimumConnections = connections
    configuration.maximumConnections = connections
    let pool = try PostgresPool(configuration)
    try await pool.waitUntilReady(timeout: .seconds(10))
    let group = MultiThreadedEventLoopGroup(numberOfThreads: max(1, loops))
    let executors = loops == 0 ? [] : group.makeIterator().map { EventLoopExecutor($0) }
    try await measure(pool, executors, operations / 10)
    let before = ProcessUsage.now()
    let start = ContinuousClock.now
    try await measure(pool, executors, operations)
    let elapsed = (ContinuousClock.now - start) / .seconds(1)
    let after = ProcessUsage.now()
    let count = Double(operations / outstanding * outstanding)
    let cpu = (after.cpuSeconds - before.cpuSeconds) * 1e6 / count
    print(
      "{\"mode\": \"select\", \"operations\": \(Int(count)), \"per_second\": \((count / elapsed).rounded()), "
        + "\"cpu_us\": \((cpu * 1000).rounded() / 1000), \"rss_kib_before\": \(before.residentKiB), "
        + "\"rss_kib_after\": \(after.residentKiB)}")
    await pool.close()
    try await group.shutdownGracefully()
  }

  private func measure(_ pool: PostgresPool, _ executors: [EventLoopExecutor], _ operations: Int) async throws {
    let (share, rows) = (operations / outstanding, Int64(rows))
    try await withThrowingTaskGroup(of: Void.self) { group in
      for task in 0..<outstanding {
        let executor: (any TaskExecutor)? = executors.isEmpty ? nil : executors[task % executors.count]
        group.addTask(executorPreference: executor) {
          var random = UInt64(task + 1) &* 0x9E37_79B9_7F4A_7C15
          for _ in 0..<share {
            // xorshift64: the system's generator would be a call to the kernel for each key.
            random ^= random << 13
            random ^= random >> 7
            random ^= random << 17
            let id = Int64(random % UInt64(rows)) + 1
            let value = try await pool.read("SELECT value FROM bench_rows WHERE id = $1", [id]).scalar(Int64.self)
            guard value == 7 * id + 1 else { throw WrongRow(description: "row \(id) has \(value ?? -1)") }
          }
        }
      }
      try await group.waitForAll()
    }
  }
}
