import MeshRPC
import NIOCore
import NIOPosix

/// Runs `body` with a channel inside the process to a server of these services.
func withChannel(_ services: [ServiceDefinition], _ body: (RPCChannel) async throws -> Void) async throws {
  let connection = InProcessConnection(
    handler: try RPCServer(services: services), eventLoop: MultiThreadedEventLoopGroup.singleton.next())
  let channel = RPCChannel(provider: InProcessConnectionProvider(connection))
  do {
    try await body(channel)
  } catch {
    await channel.shutdown()
    throw error
  }
  await channel.shutdown()
}

/// The status that `body` ends with; nil for OK.
func status(_ body: () async throws -> Void) async throws -> RPCError? {
  do {
    try await body()
    return nil
  } catch let error as RPCError {
    return error
  }
}
