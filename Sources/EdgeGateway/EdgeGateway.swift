package import ServiceKit

/// The edge gateway: the only public door. It speaks for catalog, pricing and notifier.
package enum EdgeGateway: MeshService {
  package static let description = ServiceDescription(
    name: "edge", executable: "edge-gateway", summary: "the public door: REST, pages, admin", port: 8080,
    opsPort: 9200,
    migrations: [
      EmbeddedFile("0001-accounts.sql", PackageResources._001_accounts_sql),
      EmbeddedFile("0002-imports.sql", PackageResources._002_imports_sql),
      EmbeddedFile("0003-analytics.sql", PackageResources._003_analytics_sql),
    ], needsDatabaseToServe: false,
    // As WRITE_TIMEOUT: somebody waits for accounts and the audit log, too.
    databaseTimeout: .seconds(5), usesRedis: true, facesStrangers: true,
    settings: [
      .catalogAddress, .pricingAddress, .notifierAddress,
      .list(
        "ACCESS_TOKENS", isSecret: true,
        help: "Machines that may use channels and alerts: NAME:TOKEN each, tokens of at least 16 bytes."),
      .secret(
        "ADMIN_TOKEN",
        help: "A token with the role of an admin, for machines, at least 16 bytes. Unset: there is none."),
      .duration(
        "READ_TIMEOUT", default: .seconds(2), in: .milliseconds(10)...(.seconds(60)),
        help: "How long a service may take to answer a question."),
      .duration(
        "WRITE_TIMEOUT", default: .seconds(5), in: .milliseconds(10)...(.seconds(60)),
        help: "How long a service may take to change something."),
      .integer(
        "MAX_CONNECTIONS_PER_PEER", default: 0, in: 0...1_000_000,
        help: "Connections from one address at most; more are closed at once. 0: no limit."),
      .duration(
        "BODY_TIMEOUT", default: .seconds(60), in: .seconds(1)...(.seconds(3600)),
        help: "How long a request's body may take; 4 KiB of it earn another second."),
    ] + PageSite.settings + GatewayParts.settings + AffiliateTags.settings + AccountSettings.declared
      + AnalyticsSettings.declared)
}
