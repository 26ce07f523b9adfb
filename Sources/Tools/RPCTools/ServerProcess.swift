internal import Glibc
package import HTTPTransport
package import Logging
internal import NIOCore
internal import NIOPosix

/// A server as a process: says where it listens, serves until SIGTERM or SIGINT, drains and ends.
package enum ServerProcess {
  /// - Parameters:
  ///   - threads: event loops.
  ///   - onDrain: called when the end begins, before connections are drained.
  /// - Throws: `HTTPTransportError` when the server cannot start.
  package static func run(
    _ configuration: HTTPServerConfiguration, handler: any HTTPRequestHandler, threads: Int, logger: Logger,
    onDrain: @Sendable () -> Void = {}
  ) async throws {
    let group = MultiThreadedEventLoopGroup(numberOfThreads: threads)
    let server = HTTPServer(configuration: configuration, handler: handler, group: group, logger: logger)
    let signals = StopSignals.stream()
    do {
      let address = try await server.start()
      print("listening on \(address.ipAddress ?? "?"):\(address.port ?? 0)")
      fflush(nil)
    } catch {
      try await group.shutdownGracefully()
      throw error
    }
    for await _ in signals { break }
    onDrain()
    await server.shutdown(grace: .seconds(10))
    try await group.shutdownGracefully()
  }
}
