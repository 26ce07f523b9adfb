import ArgumentParser
import MeshRPC
import RPCInterop
import RPCTools

/// Runs one of gRPC's interoperability tests against a server.
@main
struct RPCInteropClient: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rpc-interop-client", abstract: "Calls grpc.testing.TestService as a test case says.")

  @Option(help: "The server, HOST:PORT.")
  var server: String

  @Option(help: "Which case to run.")
  var testCase: InteropCase

  @OptionGroup var tls: ClientTLSOptions

  func run() async throws {
    do {
      try await ClientProcess.withChannel(to: server, tls: tls.configuration) { channel in
        try await testCase.run(over: channel)
      }
    } catch {
      throw CaseFailed(description: "\(testCase.rawValue) failed: \(error)")
    }
    print("\(testCase.rawValue) passed")
  }
}

extension InteropCase: ExpressibleByArgument {}

/// Printed to the standard error, with exit code 1.
struct CaseFailed: Error, CustomStringConvertible {
  let description: String
}
