package import HTTPTransport
internal import Logging
package import MeshRPC
internal import NIOCore
internal import NIOPosix

/// A client as a process: a channel to one server for as long as a closure runs.
package enum ClientProcess {
  /// - Parameters:
  ///   - server: a target, such as HOST:PORT.
  ///   - threads: event loops.
  /// - Throws: `TargetError` for a server that is none, and what `body` throws.
  package static func withChannel<Result>(
    to server: String, tls: TLSClientConfiguration? = nil, threads: Int = 1,
    configuration: RPCChannel.Configuration = RPCChannel.Configuration(),
    _ body: (RPCChannel) async throws -> Result
  ) async throws -> Result {
    var pool = ConnectionPool.Configuration(target: try Target(server))
    pool.tls = tls
    let group = MultiThreadedEventLoopGroup(numberOfThreads: threads)
    let provider = ConnectionPool(configuration: pool, group: group, logger: Logger(label: "client"))
    let channel = RPCChannel(provider: provider, configuration: configuration)
    do {
      let result = try await body(channel)
      await channel.shutdown()
      try await group.shutdownGracefully()
      return result
    } catch {
      await channel.shutdown()
      try await group.shutdownGracefully()
      throw error
    }
  }
}
