import Logging
import NIOCore
import NIOPosix

@testable import OutboundHTTP

private let clientGroup = MultiThreadedEventLoopGroup(numberOfThreads: 1)

/// Runs `body` with a client that may reach loopback addresses, unless `configure` says else.
func withClient(
  _ configure: (inout OutboundConfiguration) throws -> Void = { _ in },
  lookup: @escaping AddressLookup.Blocking = AddressLookup.system, _ body: (OutboundClient) async throws -> Void
) async throws {
  var configuration = OutboundConfiguration()
  configuration.addressPolicy = try AddressPolicy(allowing: "127.0.0.0/8")
  try configure(&configuration)
  let client = try OutboundClient(
    configuration: configuration, group: clientGroup,
    logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }), lookup: lookup)
  do {
    try await body(client)
  } catch {
    await client.shutdown()
    throw error
  }
  await client.shutdown()
}

extension OutboundClient {
  /// The error that a request ends with; nil when it has a response.
  func failure(_ request: OutboundRequest) async -> OutboundError? {
    do {
      _ = try await send(request)
      return nil
    } catch {
      return error as? OutboundError ?? OutboundError(.invalidRequest, "another error: \(error)")
    }
  }

  func failure(_ url: String) async -> OutboundError? { await failure(OutboundRequest(.get, url)) }
}
