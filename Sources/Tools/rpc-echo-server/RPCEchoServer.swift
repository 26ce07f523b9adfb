import ArgumentParser
import HTTPTransport
import Logging
import MeshMessages
import MeshRPC
import RPCTools

/// Answers every message with itself: the server of the benchmarks, written as any handler is.
@main
struct RPCEchoServer: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rpc-echo-server", abstract: "Serves fiyatradari.bench.v1.Echo.")

  @Option(help: "Where to listen, HOST:PORT.")
  var listen: ListenAddress

  @Option(help: "Event loops.")
  var threads = 1

  func validate() throws {
    guard (1...256).contains(threads) else { throw ValidationError("--threads: expected 1 to 256") }
  }

  func run() async throws {
    let rpc = try RPCServer(services: [BenchV1.Echo.definition(EchoHandler())])
    try await ServerProcess.run(
      HTTPServerConfiguration(address: listen.serverAddress), handler: rpc, threads: threads,
      logger: Logger(label: "rpc-echo-server"))
  }
}

struct EchoHandler: BenchV1.Echo.Handler {
  func unary(_ request: BenchV1.EchoMessage, context: ServerContext) async throws -> BenchV1.EchoMessage { request }

  func stream(
    _ requests: RequestStream<BenchV1.EchoMessage>, responses: ResponseWriter<BenchV1.EchoMessage>,
    context: ServerContext
  ) async throws {
    for try await request in requests { try await responses.write(request) }
  }
}
