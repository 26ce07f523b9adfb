internal import MeshRPC

/// Ends the streaming calls of a server that drains. A subscription has no end of its own and would hold up the end of
/// its connection until the last deadline; its client is told UNAVAILABLE, and goes on at another server.
final class StreamDrain: ServerInterceptor {
  private let signal = StopSignal()

  /// Ends those that run, and those to come.
  func drain() { signal.request() }

  func intercept(_ context: ServerContext, next: @Sendable () async throws -> Void) async throws {
    guard !context.method.kind.hasSingleResponse else { return try await next() }
    try await withoutActuallyEscaping(next) { next in
      try await withThrowingTaskGroup(of: Bool.self) { group in
        group.addTask {
          try await next()
          return true
        }
        group.addTask { [signal] in
          await signal.wait()
          return false
        }
        defer { group.cancelAll() }
        guard try await group.next() == false, !Task.isCancelled else { return }
        throw RPCError(code: .unavailable, message: "the server is shutting down; subscribe again at another one")
      }
    }
  }
}
