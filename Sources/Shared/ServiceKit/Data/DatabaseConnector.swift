internal import Logging
internal import PostgresClient

/// Makes the pool, waits for the server, and brings the schema up to date.
struct DatabaseConnector: Sendable {
  let service: String
  let settings: Settings
  let logger: Logger

  /// The pool, which connects in the background.
  ///
  /// - Throws: `ServiceError` `.configuration`; its text never repeats a connection string.
  func pool() throws(ServiceError) -> PostgresPool {
    do throws(PostgresError) {
      let replicas = try settings.list("DATABASE_REPLICA_URLS").map { text throws(PostgresError) in
        try PostgresDSN(withSession(text))
      }
      var configuration = PostgresPoolConfiguration(
        primary: try PostgresDSN(withSession(settings.secret("DATABASE_URL").revealed)), replicas: replicas)
      configuration.name = service
      configuration.maximumReplicaLag = settings.duration("DATABASE_REPLICA_MAX_LAG")
      configuration.maximumConnections = settings.int("DATABASE_POOL_SIZE")
      configuration.queryTimeout = settings.duration("DATABASE_TIMEOUT")
      return try PostgresPool(configuration)
    } catch {
      throw ServiceError(.configuration, "DATABASE_URL or DATABASE_REPLICA_URLS cannot be used: \(error.message)")
    }
  }

  func withSession(_ text: String) -> String { ConnectionString.withSession(text, schema: service) }

  /// Waits until the server answers and the schema is as it should be.
  ///
  /// - Throws: `ServiceError` `.unavailable` when the server stays away for `DATABASE_WAIT`, `.migration`.
  func prepare(_ pool: PostgresPool, _ files: [EmbeddedFile], migrates: Bool) async throws {
    let migrator: Migrator
    do {
      migrator = try Migrator(files.map { try $0.migration() }, schema: service)
    } catch let error as PostgresError {
      throw ServiceError(.migration, "the program's migrations are not in order: \(error.message)")
    }
    let end = ContinuousClock.now + settings.duration("DATABASE_WAIT")
    var backoff = RestartBackoff(initial: .milliseconds(50), maximum: .seconds(2))
    var hasComplained = false
    while true {
      do {
        try await pool.waitUntilReady(timeout: .seconds(5))
        if migrates {
          let applied = try await migrator.run(on: pool)
          if !applied.isEmpty { logger.notice("schema migrated", metadata: ["applied": "\(applied)"]) }
        }
        if hasComplained { logger.notice("the database is there") }
        return
      } catch let error as PostgresError where Self.isAbsence(error) {
        let wait = backoff.next(random: Double.random(in: 0...1))
        guard ContinuousClock.now + wait < end else {
          throw ServiceError(
            .unavailable,
            "the database did not answer within \(DurationText.format(settings.duration("DATABASE_WAIT")))",
            cause: error)
        }
        if !hasComplained {
          logger.warning("waiting for the database", metadata: ["error": "\(error)"])
          hasComplained = true
        }
        try await Task.sleep(for: wait)
      } catch let error as PostgresError {
        if Task.isCancelled { throw CancellationError() }
        throw ServiceError(.migration, "the schema cannot be brought up to date", cause: error)
      }
    }
  }

  /// Whether the server was not there, so that it makes sense to wait.
  private static func isAbsence(_ error: PostgresError) -> Bool {
    switch error.code {
    case .connectFailed, .connectionLost, .poolTimeout, .timeout: true
    case .migration: (error.cause as? PostgresError).map(isAbsence) ?? false
    // 57P01 to 57P03: the server is going down or coming up.
    default: error.sqlState.map { "\($0)".hasPrefix("57P") } ?? false
    }
  }

  /// The check that keeps the service from being ready while the primary does not answer; not required, it only tells.
  static func check(_ pool: PostgresPool, isRequired: Bool) -> ReadinessCheck {
    ReadinessCheck("postgres", isRequired: isRequired) {
      _ = try await pool.read("SELECT 1", from: .primary, timeout: .milliseconds(1500))
    }
  }
}

/// What `DATABASE_URL` holds.
package enum ConnectionString {
  /// What every session asks of the server, besides its schema. A peer that is cut off within a transaction would else keep
  /// it open for as long as TCP waits, minutes to hours, with its locks; and no consumer of events gets beyond it.
  private static let patience = [
    // Between two statements of a transaction lies what a service computes.
    "idle_in_transaction_session_timeout=20s",
    // The server has nothing to send, or something that is not confirmed.
    "tcp_keepalives_idle=10", "tcp_keepalives_interval=5", "tcp_keepalives_count=2", "tcp_user_timeout=20s",
  ]

  /// Names without a schema are looked up in this one, whoever logs in, and the server gives up a session whose peer is gone.
  /// A connection string that sets `options` itself is left alone.
  package static func withSession(_ text: String, schema: String) -> String {
    guard text.firstRange(of: "options=") == nil else { return text }
    let settings = ["search_path=\(schema)"] + patience
    guard text.contains("://") else {
      return text + " options='\(settings.map { "-c " + $0 }.joined(separator: " "))'"
    }
    let encoded = settings.map { setting in
      "-c%20" + setting.split(separator: "=").joined(separator: "%3D")
    }
    return text + (text.contains("?") ? "&" : "?") + "options=" + encoded.joined(separator: "%20")
  }
}
