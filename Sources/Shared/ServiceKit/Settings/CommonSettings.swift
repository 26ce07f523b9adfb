/// The settings that every service has, as far as its description calls for them.
package enum CommonSettings {
  /// All settings of a service, its own first.
  package static func all(for description: ServiceDescription) -> [Setting] {
    description.settings + listeners(description) + (description.migrations == nil ? [] : database(description))
      + (description.usesRedis ? redis : []) + tls + rpc + process + telemetry
  }

  private static func listeners(_ description: ServiceDescription) -> [Setting] {
    [
      Setting("LISTEN", .listen, defaultText: description.listen, help: "Where requests are served."),
      Setting(
        "OPS_LISTEN", .listen, defaultText: description.opsListen,
        help: "Where metrics, liveness and readiness are served. Not for the public."),
    ]
  }

  private static func database(_ description: ServiceDescription) -> [Setting] {
    [
      .secret(
        "DATABASE_URL", isRequired: true,
        help: "The PostgreSQL server that takes writes: postgresql://user@host/database, or host=… dbname=…"),
      .list(
        "DATABASE_REPLICA_URLS", isSecret: true, maximumCount: 16,
        help: "Servers that reads may go to instead, each written as DATABASE_URL is."),
      .duration(
        "DATABASE_REPLICA_MAX_LAG", default: .seconds(10), in: .seconds(1)...(.seconds(86_400)),
        help: "How old the data of such a server may be. One that is further behind is left alone for as long as\n"
          + "DATABASE_URL answers; reads go there."),
      .integer("DATABASE_POOL_SIZE", default: 8, in: 1...1000, help: "Connections to each server at most."),
      .duration(
        "DATABASE_TIMEOUT", default: description.databaseTimeout, in: .milliseconds(10)...(.seconds(3600)),
        help: "How long a statement may take whose caller sets no time of its own."),
      .duration(
        "DATABASE_WAIT", default: .seconds(60), in: .zero...(.seconds(86_400)),
        help: "How long to wait at start for a server that is away, before giving up with exit code 69."),
      .boolean(
        "DATABASE_PRIMARY_REQUIRED", default: true,
        help: "Whether this process is ready only while the server that takes writes answers.\n"
          + "Off where reads go to DATABASE_REPLICA_URLS and are to go on when a far primary is cut off."),
      .boolean(
        "MIGRATE", default: true,
        help: "Whether the schema is brought up to date at start. Off: it must be already, by --migrate-only."),
    ]
  }

  private static let redis: [Setting] = [
    .list(
      "REDIS_URL", isSecret: true, maximumCount: 64,
      help: "redis://[user:password@]host[:port], rediss:// for TLS, or unix:///path. Several are seeds of a cluster.\n"
        + "Without Redis the service is slower, not wrong."),
    .boolean("REDIS_CLUSTER", default: false, help: "Whether REDIS_URL names nodes of a Redis Cluster."),
    .integer("REDIS_CONNECTIONS", default: 2, in: 1...64, help: "Connections to each Redis server."),
  ]

  private static let tls: [Setting] = [
    .string(
      "TLS_CERT_FILE",
      help: "Certificate chain (PEM) that the listener shows; with TLS_KEY_FILE it serves TLS.\n"
        + "Files that are replaced are read anew within seconds; new connections get the new certificate."),
    .string("TLS_KEY_FILE", help: "Private key (PEM) of TLS_CERT_FILE."),
    .string(
      "TLS_CLIENT_CA_FILE",
      help: "CA certificates (PEM) that clients of the listener must be signed by: mutual TLS.\n"
        + "TLS_ALLOWED_CLIENTS then says who may call."),
    .list(
      "TLS_ALLOWED_CLIENTS",
      help: "URI names in client certificates that may call, such as spiffe://fiyatradari/edge.\n"
        + "SERVICE=NAME admits a name to one RPC service only. Needed with TLS_CLIENT_CA_FILE."),
    .string("RPC_TLS_CA_FILE", help: "CA certificates (PEM) of other services; with it they are called by TLS."),
    .string("RPC_TLS_CERT_FILE", help: "Certificate chain (PEM) shown to other services."),
    .string("RPC_TLS_KEY_FILE", help: "Private key (PEM) of RPC_TLS_CERT_FILE."),
    .string("RPC_TLS_SERVER_NAME", help: "Name that other services' certificates must hold, if not the host dialled."),
  ]

  private static let rpc: [Setting] = [
    .integer("MAX_CONNECTIONS", default: 20_000, in: 1...1_000_000, help: "Connections to the listener at most."),
    .integer(
      "RPC_MAX_CONCURRENT_CALLS", default: 10_000, in: 1...1_000_000,
      help: "Calls that run at once; more are turned away with UNAVAILABLE."),
    .integer(
      "RPC_MAX_REQUEST_BYTES", default: 4 << 20, in: 1024...(256 << 20), help: "Bytes of a request message at most."),
    .duration(
      "RPC_MAX_CONNECTION_AGE", default: .zero, in: .zero...(.seconds(86_400)),
      help: "After this time a connection is drained so that clients spread anew; 0 never."),
  ]

  private static let process: [Setting] = [
    .choice(
      "LOG_LEVEL", of: ["trace", "debug", "info", "notice", "warning", "error", "critical"], default: "info",
      help: "The least important messages that are logged."),
    .choice(
      "LOG_FORMAT", of: ["auto", "json", "text"], default: "auto",
      help: "One JSON object or one readable line for each message; auto: readable on a terminal, JSON elsewhere."),
    .integer(
      "EVENT_LOOPS", default: 0, in: 0...256,
      help: "Threads that serve requests; 0: one for each processor that the process may use."),
    .duration(
      "SHUTDOWN_DELAY", default: .zero, in: .zero...(.seconds(600)),
      help: "From the signal to the end of accepting, so that balancers take notice of the lost readiness."),
    .duration(
      "SHUTDOWN_TIMEOUT", default: .seconds(30), in: .milliseconds(100)...(.seconds(3600)),
      help: "From the signal to the end at the latest."),
  ]

  private static let telemetry: [Setting] = [
    .secret(
      "SENTRY_DSN",
      help:
        "Where errors that nobody expected are reported: https://KEY@HOST/PROJECT of Sentry, or of what speaks its\n"
        + "protocol. Unset: nowhere."),
    .string(
      "SENTRY_ENVIRONMENT", default: "production", maximumBytes: 64, help: "What reports and traces call this mesh."),
    .string(
      "SENTRY_SAMPLE_RATE", default: "1", maximumBytes: 32, help: "The share of errors that is reported, 0 to 1."),
    .string(
      "OTEL_EXPORTER_OTLP_ENDPOINT",
      help: "Where traces are sent by OTLP over HTTP: http://HOST:4318; /v1/traces is added. Unset: nowhere."),
    .secret(
      "OTEL_EXPORTER_OTLP_HEADERS",
      help: "Header fields that the receiver of traces wants, NAME=VALUE,NAME=VALUE, values percent-encoded."),
    .string(
      "OTEL_SERVICE_NAME", maximumBytes: 64, help: "What traces and reports call the service, if not by its name."),
    .string(
      "OTEL_TRACES_SAMPLER_ARG", default: "0.01", maximumBytes: 32,
      help: "The share of traces beginning here that is recorded, 0 to 1; of others the caller decides."),
    .string("TELEMETRY_CA_FILE", help: "CA certificates (PEM) that both must be signed by; the system's by default."),
  ]
}

extension Setting {
  /// Where the catalog is.
  package static let catalogAddress = Setting.target(
    "CATALOG_ADDRESS", default: "127.0.0.1:9101", help: "Where the catalog is.")
  /// Where pricing is.
  package static let pricingAddress = Setting.target(
    "PRICING_ADDRESS", default: "127.0.0.1:9102", help: "Where pricing is.")
  /// Where the notifier is.
  package static let notifierAddress = Setting.target(
    "NOTIFIER_ADDRESS", default: "127.0.0.1:9103", help: "Where the notifier is.")
  /// Whether the process applies other services' events to its own schema.
  package static let eventConsumers = Setting.boolean(
    "EVENT_CONSUMERS", default: true,
    help: "Whether this process applies the events of other services. Off in a region that only reads: it is done\n"
      + "where the writes are.")
}
