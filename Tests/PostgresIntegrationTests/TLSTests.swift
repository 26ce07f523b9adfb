import TestSupport
import Testing

@testable import PostgresClient

#if canImport(Glibc)
  import Glibc
#endif

/// A certificate authority, a server's certificate for `localhost`, and a client's for the role `certified`.
private struct Certificates {
  let directory: TemporaryDirectory

  init() async throws {
    directory = try TemporaryDirectory(prefix: "tls")
    try await makeAuthority("authority")
    try await makeAuthority("stranger")
    try await issue("server", subject: "/CN=localhost", "subjectAltName=DNS:localhost")
    try await issue("client", subject: "/CN=certified", "extendedKeyUsage=clientAuth")
  }

  func path(_ name: String) -> String { directory.path + "/" + name }

  /// Puts what only the server may read into its hands.
  func give(_ name: String) throws {
    let server = getuid() == 0 ? getpwnam("postgres")?.pointee.pw_uid : getuid()
    let owner = try #require(server)
    try #require(chmod(directory.path, 0o755) == 0)
    try #require(chmod(path(name), 0o600) == 0)
    try #require(chown(path(name), owner, gid_t.max) == 0)
  }

  private func makeAuthority(_ name: String) async throws {
    try await openssl(
      ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
        + ["-subj", "/CN=\(name)", "-keyout", path(name + ".key"), "-out", path(name + ".crt")])
  }

  private func issue(_ name: String, subject: String, _ extensions: String) async throws {
    try await openssl(
      ["req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", subject]
        + ["-keyout", path(name + ".key"), "-out", path(name + ".csr")])
    let file = try directory.write(extensions + "\n", to: name + ".ext")
    try await openssl(
      ["x509", "-req", "-in", path(name + ".csr"), "-CA", path("authority.crt"), "-CAkey", path("authority.key")]
        + ["-CAcreateserial", "-days", "2", "-extfile", file, "-out", path(name + ".crt")])
  }

  private func openssl(_ arguments: [String]) async throws {
    let (status, output) = try await TestProcess.run("/usr/bin/openssl", arguments)
    guard status == 0 else { throw TestSupportError("openssl \(arguments.first ?? ""): \(output)") }
  }
}

@Suite("TLS")
struct TLSTests {
  private struct Secured {
    let server: PrivatePostgres
    let certificates: Certificates

    /// One server for all of the suite; nothing breaks it.
    static let shared = Task {
      let certificates = try await Certificates()
      try certificates.directory.write(
        """
        local all all trust
        hostssl all certified 127.0.0.1/32 cert
        hostssl all all 127.0.0.1/32 scram-sha-256

        """, to: "pg_hba.conf")
      for name in ["server.key", "pg_hba.conf"] { try certificates.give(name) }
      let server = try await PrivatePostgres.start(settings: [
        "ssl": "on", "ssl_cert_file": "'\(certificates.path("server.crt"))'",
        "ssl_key_file": "'\(certificates.path("server.key"))'",
        "ssl_ca_file": "'\(certificates.path("authority.crt"))'",
        "hba_file": "'\(certificates.path("pg_hba.conf"))'",
      ])
      return Secured(server: server, certificates: certificates)
    }

    func dsn(_ mode: String, root: String? = nil, host: String = "localhost") -> String {
      var text = server.tcpDSN() + " host=\(host) hostaddr=127.0.0.1 sslmode=\(mode)"
      if let root { text += " sslrootcert=\(certificates.path(root + ".crt"))" }
      return text
    }
  }

  private func isEncrypted(_ dsn: String) async throws -> Bool {
    try await withPool(dsn) { pool async throws in
      try await pool.read("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()").scalar(Bool.self) ?? false
    }
  }

  /// The error of a pool that can never connect.
  private func refusal(_ dsn: String) async throws -> PostgresError {
    try await withPool(dsn) { pool async throws in
      try await waitUntil("an attempt to connect has failed") {
        await inspect(pool.primary) { $0.lastConnectError != nil }
      }
      return try #require(await inspect(pool.primary) { $0.lastConnectError })
    }
  }

  @Test("Each mode that does with what the server offers is encrypted", arguments: ["allow", "prefer", "require"])
  func encrypts(mode: String) async throws {
    let secured = try await Secured.shared.value
    #expect(try await isEncrypted(secured.dsn(mode)))
  }

  @Test("disable speaks clear text, which the server refuses here and takes elsewhere")
  func disable() async throws {
    let secured = try await Secured.shared.value
    let error = try await refusal(secured.dsn("disable"))
    #expect(error.code == .connectFailed)
    #expect(error.sqlState == SQLState("28000"))
    #expect(try await isEncrypted(Servers.shared().tcpDSN() + " sslmode=disable") == false)
    let demanding = try await refusal(Servers.shared().tcpDSN() + " sslmode=require")
    #expect(demanding.message.contains("SSL"))
  }

  @Test("verify-ca wants the right authority, verify-full the right name too")
  func verifies() async throws {
    let secured = try await Secured.shared.value
    #expect(try await isEncrypted(secured.dsn("verify-ca", root: "authority")))
    #expect(try await isEncrypted(secured.dsn("verify-ca", root: "authority", host: "elsewhere.example")))
    #expect(try await isEncrypted(secured.dsn("verify-full", root: "authority")))
    for dsn in [secured.dsn("verify-ca", root: "stranger"), secured.dsn("verify-full", root: "stranger")] {
      let error = try await refusal(dsn)
      #expect(error.code == .connectFailed)
      #expect(error.message.contains("certificate verify failed"), "\(error)")
    }
    let name = try await refusal(secured.dsn("verify-full", root: "authority", host: "elsewhere.example"))
    #expect(name.message.contains("does not match host name"), "\(name)")
    let missing = try await refusal(secured.dsn("verify-full", root: "absent"))
    #expect(missing.message.contains("root certificate"), "\(missing)")
  }

  @Test("A client's certificate is its login")
  func clientCertificate() async throws {
    let secured = try await Secured.shared.value
    try await withPool(secured.server.dsn()) { try await $0.execute("CREATE ROLE certified LOGIN") }
    let without = secured.server.tcpDSN(user: "certified") + " sslmode=require"
    #expect(try await refusal(without).code == .connectFailed)
    let (certificate, key) = (secured.certificates.path("client.crt"), secured.certificates.path("client.key"))
    try await withPool(without + " sslcert=\(certificate) sslkey=\(key)") { pool async throws in
      #expect(try await pool.read("SELECT current_user::text").scalar(String.self) == "certified")
    }
  }

  @Test("A deadline ends a statement, and much data goes both ways, under TLS")
  func worksEncrypted() async throws {
    let secured = try await Secured.shared.value
    try await withPool(
      secured.dsn("verify-full", root: "authority"),
      {
        $0.maximumConnections = 1
        $0.responseGrace = .seconds(60)
      }
    ) { pool async throws in
      let before = try await pool.read("SELECT pg_backend_pid()").scalar(Int.self)
      let error = await #expect(throws: PostgresError.self) {
        try await pool.query("SELECT pg_sleep(600)", timeout: .milliseconds(200))
      }
      #expect(error?.code == .timeout)
      let bytes = [UInt8](repeating: 0xAB, count: 8 << 20)
      let echoes = (0..<4).map { _ in
        Task { try await pool.read("SELECT $1::bytea", [bytes], timeout: .seconds(120)).scalar([UInt8].self) }
      }
      for echo in echoes { #expect(try await echo.value == bytes) }
      #expect(try await pool.read("SELECT pg_backend_pid()").scalar(Int.self) == before)
    }
  }
}
