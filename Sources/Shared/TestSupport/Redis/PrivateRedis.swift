internal import Glibc
internal import Synchronization

/// A real redis-server of a test's own: temporary directory, Unix socket, free port on loopback, nothing persistent
/// unless asked for. Ends with its owner, at the latest when the test process ends, however it ends.
package final class PrivateRedis: Sendable {
  /// How the server is to run.
  package struct Options: Sendable {
    /// The default user's password.
    package var password: String?
    /// Lines of an ACL file, `user name on >password ~prefix:* +@all`.
    package var users: [String] = []
    /// Listens with TLS, with a certificate made for this server.
    package var usesTLS = false
    /// The subject alternative names in that certificate.
    package var certificateNames = ["DNS:localhost", "IP:127.0.0.1"]
    /// Asks TLS clients for a certificate that the server's own authority signed; `certificateFile` and `keyFile` hold
    /// one.
    package var wantsClientCertificate = false
    /// Runs as a cluster node.
    package var isClusterNode = false
    /// Appends each write to a file before it is acknowledged, so that data outlives a restart and kill -9.
    package var isPersistent = false
    /// More lines of configuration.
    package var settings: [String] = []

    package init() {}
  }

  /// The port on 127.0.0.1 in clear text; with TLS, the TLS port.
  package let port: Int
  /// Where a cluster node talks to other nodes.
  let busPort: Int
  private let directory: TemporaryDirectory
  private let options: Options
  private let process = Mutex<TestProcess?>(nil)
  private static let sharedServer = Task { try await start() }

  static let server = "/usr/bin/redis-server"
  static let commandLine = "/usr/bin/redis-cli"

  /// The Unix socket's path.
  package var socketPath: String { directory.file("redis.sock") }

  /// The PEM file of the authority behind a TLS server's certificate.
  package var authorityFile: String { directory.file("tls.crt") }
  /// A TLS server's certificate and its key; the authority trusts it as a client's too.
  package var certificateFile: String { directory.file("tls.crt") }
  package var keyFile: String { directory.file("tls.key") }

  /// One server for all tests that break nothing, each under a key prefix of its own. Lives as long as the test
  /// process.
  package static func shared() async throws -> PrivateRedis { try await sharedServer.value }

  /// Starts a server and returns when it answers.
  ///
  /// - Throws: `TestSupportError` with the server's log when it does not start.
  package static func start(_ options: Options = Options()) async throws -> PrivateRedis {
    // Another process may take the port first: then the server ends at once, and another port is tried.
    for _ in 1...3 {
      let server = try await PrivateRedis(options)
      do {
        try await server.restart()
        return server
      } catch  where server.log.contains("in use") {
        continue
      }
    }
    throw TestSupportError("no port for a redis-server")
  }

  private init(_ options: Options) async throws {
    self.options = options
    self.directory = try TemporaryDirectory(prefix: "redis")
    self.port = try FreePort.next()
    self.busPort = try FreePort.next()
    try await writeConfiguration()
  }

  private func writeConfiguration() async throws {
    var lines = [
      options.usesTLS ? "port 0" : "port \(port)", "bind 127.0.0.1", "dir \(directory.path)",
      "unixsocket \(socketPath)", "save \"\"", "daemonize no", "logfile \"\"",
      "appendonly \(options.isPersistent ? "yes" : "no")", "appendfsync always", "enable-debug-command local",
    ]
    if !options.users.isEmpty || options.password != nil {
      let administrator = options.password.map { ">\($0)" } ?? "nopass"
      let users = ["user default on \(administrator) ~* &* +@all"] + options.users
      lines.append("aclfile \(try directory.write(users.joined(separator: "\n") + "\n", to: "users.acl"))")
    }
    if options.usesTLS {
      try await makeCertificate()
      lines += [
        "tls-port \(port)", "tls-cert-file \(certificateFile)", "tls-key-file \(keyFile)",
        "tls-ca-cert-file \(authorityFile)", "tls-auth-clients \(options.wantsClientCertificate ? "yes" : "no")",
      ]
    }
    if options.isClusterNode {
      lines += [
        "cluster-enabled yes", "cluster-config-file nodes.conf", "cluster-node-timeout 1000", "cluster-port \(busPort)",
      ]
    }
    try directory.write((lines + options.settings).joined(separator: "\n") + "\n", to: "redis.conf")
  }

  private func makeCertificate() async throws {
    let (status, output) = try await TestProcess.run(
      "/usr/bin/openssl",
      [
        "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj",
        "/CN=localhost", "-addext", "subjectAltName=" + options.certificateNames.joined(separator: ","), "-keyout",
        keyFile, "-out", certificateFile,
      ])
    guard status == 0 else { throw TestSupportError("openssl made no certificate: \(output)") }
  }

  /// What the server that runs, or ran last, has logged.
  package var log: String { directory.read("server.log") ?? "(no log)" }

  /// Runs a command by redis-cli over the Unix socket as the default user; returns what it printed.
  ///
  /// - Throws: `TestSupportError` when there is no server or it answers with an error.
  @discardableResult
  package func run(_ arguments: String...) async throws -> String {
    let login = options.password.map { ["--no-auth-warning", "-a", $0] } ?? []
    let (status, output) = try await TestProcess.run(
      Self.commandLine, ["-e", "-s", socketPath] + login + arguments)
    guard status == 0 else { throw TestSupportError("redis-cli: \(output)") }
    return output
  }

  // MARK: Faults

  /// Starts the server, stopping it first when it runs, on the same port, and returns when it takes commands.
  package func restart() async throws {
    try await stop()
    unlink(directory.file("server.log"))
    let process = try TestProcess(
      executable: Self.server, arguments: [directory.file("redis.conf")], output: directory.file("server.log"))
    self.process.withLock { $0 = process }
    try await waitUntil("redis-server is ready", within: .seconds(60)) {
      guard process.exitStatus == nil else { throw TestSupportError("redis-server did not start: \(log)") }
      return log.contains("The server is now ready to accept connections at \(socketPath)")
    }
  }

  /// A clean stop by SIGTERM; returns when the server is gone.
  package func stop() async throws {
    let process = takeProcess()
    process?.resume()
    process?.signal(SIGTERM)
    try await process?.wait()
  }

  /// kill -9; returns when the server is gone.
  package func kill() async throws {
    try await takeProcess()?.kill()
  }

  /// SIGSTOP: the server keeps its connections and answers nothing.
  package func pause() async throws {
    try await process.withLock { $0 }?.pause()
  }

  /// Ends a `pause`.
  package func resume() {
    process.withLock { $0 }?.resume()
  }

  /// Ends the server at once. Its directory goes with the last reference.
  package func tearDown() async throws {
    try await kill()
  }

  private func takeProcess() -> TestProcess? {
    process.withLock { process in
      defer { process = nil }
      return process
    }
  }
}
