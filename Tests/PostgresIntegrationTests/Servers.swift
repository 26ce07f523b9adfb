import PostgresClient
import TestSupport

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
