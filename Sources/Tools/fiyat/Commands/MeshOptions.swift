import ArgumentParser
import HTTPTransport
import MeshMessages
import MeshRPC
import RPCTools

#if canImport(Glibc)
  import Glibc
#endif

/// Where the services are.
struct MeshOptions: ParsableArguments {
  @Option(help: "The catalogue, HOST:PORT; default: CATALOG_ADDRESS or 127.0.0.1:9101.")
  var catalog: String?

  @Option(help: "Pricing, HOST:PORT; default: PRICING_ADDRESS or 127.0.0.1:9102.")
  var pricing: String?

  @OptionGroup var tls: ClientTLSOptions

  enum Service: String {
    case catalog, pricing

    var variable: String { rawValue.uppercased() + "_ADDRESS" }
    var fallback: String { self == .catalog ? "127.0.0.1:9101" : "127.0.0.1:9102" }
  }

  /// Runs `body` with a channel to a service.
  /// - Throws: what `body` throws, an `RPCError` as a message for people.
  func with<Value: Sendable>(
    _ service: Service, _ body: @Sendable (RPCChannel) async throws -> Value
  ) async throws -> Value {
    let address = address(of: service)
    do {
      return try await ClientProcess.withChannel(to: address, tls: tls.configuration, body)
    } catch let error as RPCError {
      throw FiyatError("\(service.rawValue) at \(address): \(error.description)")
    }
  }

  /// Where a service is: the option's, else the environment's, else this machine's.
  func address(of service: Service) -> String {
    (service == .catalog ? catalog : pricing) ?? environment(service.variable) ?? service.fallback
  }

  private func environment(_ name: String) -> String? {
    getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
  }
}

/// What ends a command: a line for the person at the keyboard.
struct FiyatError: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}

/// How results are written.
enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
  case table, json
}

struct OutputOptions: ParsableArguments {
  @Option(help: "table or json (one document a line).")
  var output = OutputFormat.table
}

/// Each call ends in this time, so that a command never hangs on a service that is stuck.
let callTimeout = CallOptions(timeout: .seconds(30))
