internal import Logging
internal import PostgresClient

/// `--migrate-only`: the schema brought up to date, and nothing else.
enum ServiceMigration {
  static func run(_ description: ServiceDescription, _ settings: Settings, logger: Logger) async throws {
    guard let migrations = description.migrations else {
      throw ServiceError(.configuration, "\(description.executable) has no database to migrate")
    }
    let connector = DatabaseConnector(service: description.name, settings: settings, logger: logger)
    let pool = try connector.pool()
    do {
      try await connector.prepare(pool, migrations, migrates: true)
    } catch {
      await pool.close(grace: .zero)
      throw error
    }
    await pool.close()
    logger.notice("the schema is up to date")
  }
}
