import TestSupport

@testable import PostgresClient

/// A server that many tests share, each in tables of its own; tests that break a server start their own.
enum Servers {
  private static let task = Task { try await PrivatePostgres.start() }

  static func shared() async throws -> PrivatePostgres { try await task.value }
}

/// Runs `body` with a pool on `dsn` and closes it.
@discardableResult
func withPool<Value>(
  _ dsn: String, _ configure: (inout PostgresPoolConfiguration) -> Void = { _ in },
  _ body: (PostgresPool) async throws -> Value
) async throws -> Value {
  var configuration = PostgresPoolConfiguration(primary: try PostgresDSN(dsn))
  configure(&configuration)
  let pool = try PostgresPool(configuration)
  do {
    let value = try await body(pool)
    await pool.close()
    return value
  } catch {
    await pool.close(grace: .zero)
    throw error
  }
}

/// A pool of one connection on the shared server that waits long for a cancelled statement's answer: on a busy machine
/// it would otherwise take another connection, which is right but not what a test of reuse looks for.
func withPatientPool<Value>(_ body: (PostgresPool) async throws -> Value) async throws -> Value {
  try await withPool(
    Servers.shared().dsn(),
    {
      $0.maximumConnections = 1
      $0.responseGrace = .seconds(60)
      $0.acquisitionTimeout = .seconds(60)
    }, body)
}

/// Looks at a pool's state on the thread that owns it.
func inspect<Value: Sendable>(
  _ core: PoolCore, _ body: @escaping @Sendable (PoolCore) -> Value
) async -> Value {
  await withCheckedContinuation { continuation in
    core.thread.run { continuation.resume(returning: body(core)) }
  }
}

/// Waits until a session of the server executes a statement that holds `marker`.
func waitUntilActive(_ marker: String, _ observer: PostgresPool) async throws {
  try await waitUntil("\(marker) is executed") {
    try await observer.read(
      """
      SELECT count(*) FROM pg_stat_activity
      WHERE state = 'active' AND position($1 IN query) > 0 AND pid <> pg_backend_pid()
      """, [marker]
    ).scalar(Int.self) ?? 0 > 0
  }
}
