import ArgumentParser
import MeshRPC
import RPCTools

/// Loads a server of `fiyatradari.bench.v1.Echo` and prints what came of it as one line of JSON.
@main
struct RPCBenchClient: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rpc-bench-client", abstract: "Measures calls of fiyatradari.bench.v1.Echo.",
    discussion: """
      unary: each of N callers makes its next call when the last is answered. stream: each of N streams sends its next \
      message when the last has come back. large: unary calls of 1 MiB each way. Half a second of warm-up is not counted.
      """)

  @Option(help: "The server, HOST:PORT.")
  var server: String

  @Option(help: "What to do.")
  var mode: BenchMode

  @Option(help: "Calls, or streams, under way at any time.")
  var outstanding = 1

  @Option(help: "How long to measure.")
  var seconds = 5.0

  @Option(help: "Bytes of a message's payload; 1 MiB where the mode is large.")
  var payload = 100

  @Option(help: "Event loops.")
  var threads = 1

  func validate() throws {
    guard (1...10_000).contains(outstanding) else { throw ValidationError("--outstanding: expected 1 to 10000") }
    guard (0.1...3600).contains(seconds) else { throw ValidationError("--seconds: expected 0.1 to 3600") }
    guard (0...1_000_000).contains(payload) else { throw ValidationError("--payload: expected 0 to 1000000") }
    guard (1...64).contains(threads) else { throw ValidationError("--threads: expected 1 to 64") }
  }

  func run() async throws {
    let load = BenchLoad(
      mode: mode, outstanding: outstanding, seconds: seconds, payload: mode == .large ? 1 << 20 : payload)
    let report = try await ClientProcess.withChannel(to: server, threads: threads) { channel in
      try await load.run(over: channel)
    }
    print(report.json)
  }
}

extension BenchMode: ExpressibleByArgument {}
