import HTTPTransport
import PostgresClient
import Testing

@testable import MeshRPC
@testable import ServiceKit

@Suite("Listeners and channels from settings")
struct RPCWiringTests {
  private static let description = ServiceDescription(
    name: "thing", summary: "does things", port: 1, opsPort: 2, migrations: nil)

  @Test("Allow-lists: a name admits to all services, SERVICE=NAME to one")
  func authorization() throws {
    let interceptor = RPCWiring.authorization(
      ["a.A", "b.B"], allowed: ["spiffe://fiyatradari/edge", "a.A=spiffe://fiyatradari/pricing", "spiffe://x?y=z"])
    func admits(_ service: String, _ uri: String) -> Bool {
      do throws(RPCError) {
        try interceptor.check(service: service, identity: PeerIdentity(uris: [uri]))
        return true
      } catch {
        return false
      }
    }
    #expect(admits("a.A", "spiffe://fiyatradari/edge") && admits("b.B", "spiffe://fiyatradari/edge"))
    #expect(admits("a.A", "spiffe://fiyatradari/pricing") && !admits("b.B", "spiffe://fiyatradari/pricing"))
    #expect(admits("b.B", "spiffe://x?y=z") && !admits("a.A", "spiffe://fiyatradari/notifier"))
    #expect(!admits("c.C", "spiffe://fiyatradari/edge"))
    #expect(admits("grpc.health.v1.Health", "spiffe://anybody"))
  }

  @Test(
    "TLS settings that do not fit together are refused",
    arguments: [
      (["TLS_CERT_FILE": "a"], "TLS_CERT_FILE and TLS_KEY_FILE must be set together"),
      (["TLS_KEY_FILE": "a"], "TLS_CERT_FILE and TLS_KEY_FILE must be set together"),
      (["TLS_CLIENT_CA_FILE": "a"], "TLS_CLIENT_CA_FILE needs TLS_CERT_FILE and TLS_KEY_FILE"),
      (
        ["TLS_CERT_FILE": "a", "TLS_KEY_FILE": "b", "TLS_CLIENT_CA_FILE": "c"],
        "TLS_CLIENT_CA_FILE is set, so TLS_ALLOWED_CLIENTS must name who may call"
      ),
    ])
  func tls(values: [String: String], message: String) throws {
    let settings = try Settings.of(Self.description, values)
    let error = #expect(throws: ServiceError.self) {
      try RPCWiring.listener(settings, "LISTEN", usesTLS: true)
    }
    #expect(error?.message == message && error?.code == .configuration)
    #expect(try RPCWiring.listener(settings, "OPS_LISTEN", usesTLS: false).tls == nil)
  }

  @Test("A certificate for calls that cannot be read ends the start by its setting's name, not the first call")
  func certificate() throws {
    let settings = try Settings.of(Self.description, ["RPC_TLS_CERT_FILE": "/nowhere.pem"])
    let error = #expect(throws: ServiceError.self) {
      try CertificateMetrics.register(in: PrometheusRegistry(), settings)
    }
    #expect(error?.code == .configuration)
    #expect(error?.message == "RPC_TLS_CERT_FILE: /nowhere.pem: not a readable PEM certificate file")
  }

  @Test("A listener gets its limits from the settings")
  func limits() throws {
    let settings = try Settings.of(
      Self.description, ["LISTEN": "unix:/tmp/x", "MAX_CONNECTIONS": "7", "RPC_MAX_CONNECTION_AGE": "5m"])
    let configuration = try RPCWiring.listener(settings, "LISTEN", usesTLS: true)
    #expect(configuration.address == .unixSocket("/tmp/x"))
    #expect(configuration.maxConnections == 7 && configuration.keepalive.maximumAge == .seconds(300))
  }

  @Test("A session has the service's schema and ends with its peer, unless the connection string says otherwise")
  func session() throws {
    let description = ServiceDescription(name: "thing", summary: "", port: 1, opsPort: 2, migrations: [])
    let settings = try Settings.of(description, ["DATABASE_URL": "host=x"])
    let connector = DatabaseConnector(service: "thing", settings: settings, logger: CapturedLog().logger)
    let more =
      " -c idle_in_transaction_session_timeout=20s -c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5"
      + " -c tcp_keepalives_count=2 -c tcp_user_timeout=20s"
    #expect(connector.withSession("host=x dbname=y") == "host=x dbname=y options='-c search_path=thing\(more)'")
    let encoded = "options=-c%20search_path%3Dthing" + more.replacing(" ", with: "%20").replacing("=", with: "%3D")
    #expect(connector.withSession("postgresql://h/d") == "postgresql://h/d?" + encoded)
    #expect(
      connector.withSession("postgresql://h/d?sslmode=require") == "postgresql://h/d?sslmode=require&" + encoded)
    #expect(connector.withSession("host=x options='-c a=b'") == "host=x options='-c a=b'")
  }

  @Test("Embedded migrations must be named NNNN-name.sql and be text")
  func migrations() throws {
    let migration = try EmbeddedFile("0012-add-things.sql", Array("SELECT 1".utf8)).migration()
    #expect(migration.number == 12 && migration.name == "add-things" && migration.sql == "SELECT 1")
    for file in [
      EmbeddedFile("12-x.sql", []), EmbeddedFile("0012.sql", []), EmbeddedFile("0012-x.txt", []),
      EmbeddedFile("0012-x.sql", [0xff]),
    ] {
      #expect(throws: ServiceError.self) { try file.migration() }
    }
  }
}
