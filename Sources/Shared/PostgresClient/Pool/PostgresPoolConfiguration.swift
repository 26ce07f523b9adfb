package import Metrics

/// How a pool connects and what it allows.
package struct PostgresPoolConfiguration: Sendable {
  /// The server that takes writes.
  package var primary: PostgresDSN
  /// Servers that `read` may go to instead.
  package var replicas: [PostgresDSN]
  /// How old the data of a replica may be that `read` goes to. Further behind, it is left alone for as long as the
  /// primary answers. nil: no bound, and the replicas are not asked where they are.
  package var maximumReplicaLag: Duration? = .seconds(10)
  /// Names the pool in metrics and in `pg_stat_activity`.
  package var name = "fiyatradari"
  /// Connections per server that are kept open.
  package var minimumConnections = 1
  /// Connections per server that are never exceeded.
  package var maximumConnections = 8
  /// How long a statement or a transaction waits for a connection.
  package var acquisitionTimeout = Duration.seconds(5)
  /// How long a statement may take in all when its caller names no time of its own.
  package var queryTimeout = Duration.seconds(30)
  /// How long one attempt to connect may take.
  package var connectTimeout = Duration.seconds(5)
  /// How old a connection gets before it is replaced; each gets up to a tenth more or less.
  package var maximumConnectionAge = Duration.seconds(1800)
  /// How long a connection above the minimum stays without work.
  package var idleTimeout = Duration.seconds(60)
  /// How long a connection is silent before it is asked whether it lives.
  package var healthCheckInterval = Duration.seconds(15)
  /// How long a health check and a cancelled statement may take before the connection is given up.
  package var responseGrace = Duration.seconds(2)
  /// The wait after a failed attempt to connect: doubles from the first to the second, with jitter.
  package var backoff = Duration.milliseconds(50)...Duration.milliseconds(1000)
  /// Statements that may wait for a connection; more are refused at once.
  package var maximumWaiting = 10_000
  /// Statements of different tasks under way on one connection.
  package var maximumPipelineDepth = 256
  /// Prepared statements that each connection keeps.
  package var statementCacheSize = 256

  /// Takes the pool's metrics; the process's own when nil.
  package var metricsFactory: (any MetricsFactory)?

  package init(primary: PostgresDSN, replicas: [PostgresDSN] = []) {
    self.primary = primary
    self.replicas = replicas
  }

  /// - Throws: `PostgresError` `.invalidConfiguration`, naming the setting.
  func validate() throws(PostgresError) {
    func require(_ condition: Bool, _ message: String) throws(PostgresError) {
      if !condition { throw PostgresError(.invalidConfiguration, message) }
    }
    try require(maximumConnections > 0, "maximumConnections must be at least 1")
    try require((0...maximumConnections).contains(minimumConnections), "minimumConnections must be 0 to the maximum")
    try require(maximumWaiting > 0, "maximumWaiting must be at least 1")
    try require(maximumPipelineDepth > 0, "maximumPipelineDepth must be at least 1")
    try require(statementCacheSize > 0, "statementCacheSize must be at least 1")
    try require(
      connectTimeout > .zero && acquisitionTimeout > .zero && queryTimeout > .zero, "timeouts must be positive")
    try require(maximumReplicaLag.map { $0 >= .milliseconds(100) } ?? true, "maximumReplicaLag must be 100 ms or more")
    try require(backoff.lowerBound > .zero, "backoff must be positive")
  }
}
