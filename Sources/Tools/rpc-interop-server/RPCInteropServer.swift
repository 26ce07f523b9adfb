import ArgumentParser
import HTTPTransport
import Logging
import MeshRPC
import MeshStandardServices
import NIOCore
import RPCInterop
import RPCTools

/// Serves gRPC's interoperability tests, for other implementations' clients.
@main
struct RPCInteropServer: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rpc-interop-server", abstract: "Serves grpc.testing.TestService, health and reflection.")

  @Option(help: "Where to listen, HOST:PORT.")
  var listen: ListenAddress

  @OptionGroup var tls: ServerTLSOptions

  @Option(help: "Event loops.")
  var threads = 2

  func validate() throws {
    guard (1...256).contains(threads) else { throw ValidationError("--threads: expected 1 to 256") }
  }

  func run() async throws {
    let services = InteropServices()
    let rpc = try RPCServer(services: services.definitions)
    var configuration = HTTPServerConfiguration(address: listen.serverAddress)
    configuration.tls = tls.configuration
    // Tests ping more eagerly than clients should.
    configuration.keepalive.enforcement = KeepalivePolicy.Configuration(
      minimumInterval: .milliseconds(100), permitsWithoutCalls: true)
    try await ServerProcess.run(
      configuration, handler: rpc, threads: threads, logger: Logger(label: "rpc-interop-server"),
      onDrain: { services.health.drain() })
  }
}
