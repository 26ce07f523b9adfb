/// What a service is, before anything runs: its names, its ports, what it needs, and its own settings.
package struct ServiceDescription: Sendable {
  /// "catalog": in logs, metrics, and as the name of its schema and its Redis prefix.
  package var name: String
  /// "catalog-service".
  package var executable: String
  /// What it does, half a sentence.
  package var summary: String
  /// The default of `LISTEN`.
  package var listen: String
  /// The default of `OPS_LISTEN`.
  package var opsListen: String
  /// The files of `Storage/Migrations`, embedded; nil for a service without a database.
  package var migrations: [EmbeddedFile]?
  /// Whether the service is of no use while its database is away. It waits for it at start in any case.
  package var needsDatabaseToServe: Bool
  /// The default of `DATABASE_TIMEOUT`.
  package var databaseTimeout: Duration
  /// Whether the service can make use of Redis. It never needs it.
  package var usesRedis: Bool
  /// Whether strangers call it: what they ask of its traces counts within bounds.
  package var facesStrangers: Bool
  /// Its own settings, besides those that all services have.
  package var settings: [Setting]

  /// - Parameters:
  ///   - port: of RPC or HTTP; by default only this machine is served.
  ///   - opsPort: of metrics, liveness and readiness.
  ///   - migrations: nil for a service without a database.
  ///   - needsDatabaseToServe: whether it is not ready while its database is away.
  ///   - databaseTimeout: of a statement whose caller sets no time of its own.
  ///   - facesStrangers: whether it is a public door.
  package init(
    name: String, executable: String? = nil, summary: String, port: Int, opsPort: Int, migrations: [EmbeddedFile]?,
    needsDatabaseToServe: Bool = true, databaseTimeout: Duration = .seconds(30), usesRedis: Bool = false,
    facesStrangers: Bool = false,
    settings: [Setting] = []
  ) {
    self.name = name
    self.executable = executable ?? name + "-service"
    self.summary = summary
    listen = "127.0.0.1:\(port)"
    opsListen = "127.0.0.1:\(opsPort)"
    self.migrations = migrations
    self.needsDatabaseToServe = needsDatabaseToServe
    self.databaseTimeout = databaseTimeout
    self.usesRedis = usesRedis
    self.facesStrangers = facesStrangers
    self.settings = settings
  }

  /// The version that `--version` prints and metrics tell.
  package static let version = "0.1.0"
}
