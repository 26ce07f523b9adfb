internal import Synchronization

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// A real redis-server of a test's own: temporary directory, Unix socket, free port on loopback, nothing persistent
/// unless asked for. Stops with its owner, at the latest when the test process ends.
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
    /// Runs as a cluster node.
    package var isClusterNode = false
    /// Appends each write to a file, so that data outlives a restart.
    package var isPersistent = false
    /// More lines of configuration.
    package var settings: [String] = []

    package init() {}
  }

  /// The port on 127.0.0.1 in clear text; with TLS, the TLS port.
  package let port: Int
  /// The server's directory.
  package let directory: TemporaryDirectory
  private let options: Options
  private let process = Mutex<TestProcess?>(nil)

  static let server = "/usr/bin/redis-server"
  static let commandLine = "/usr/bin/redis-cli"

  /// The Unix socket's path.
  package var socketPath: String { directory.path + "/redis.sock" }

  /// The PEM file of the authority behind a TLS server's certificate.
  package var authorityFile: String { directory.path + "/tls.crt" }

  /// Starts a server and returns when it answers.
  ///
  /// - Throws: `TestProcess.Failure` with the server's log when it does not start.
  package static func start(_ options: Options = Options()) async throws -> PrivateRedis {
    // Another process may take the port first: then the server ends at once, and another port is tried.
    for attempt in 1...3 {
      let server = try await PrivateRedis(options)
      do {
        try await server.resume()
        return server
      } catch  where attempt < 3 && server.log.contains("in use") {
        continue
      }
    }
    throw TestProcess.Failure("no port for a redis-server")
  }

  private init(_ options: Options) async throws {
    self.options = options
    self.directory = try TemporaryDirectory(prefix: "redis")
    self.port = try FreePort.next(below: 22_700 + 30_000)
    try await writeConfiguration()
  }

  deinit {
    process.withLock { process in
      process?.terminate()
      process = nil
    }
  }

  private func writeConfiguration() async throws {
    var lines = [
      options.usesTLS ? "port 0" : "port \(port)", "bind 127.0.0.1", "dir \(directory.path)",
      "unixsocket \(socketPath)", "save \"\"", "daemonize no", "logfile \(directory.path)/log",
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
        "tls-port \(port)", "tls-cert-file \(directory.path)/tls.crt", "tls-key-file \(directory.path)/tls.key",
        "tls-ca-cert-file \(directory.path)/tls.crt", "tls-auth-clients no",
      ]
    }
    if options.isClusterNode {
      lines += ["cluster-enabled yes", "cluster-config-file nodes.conf", "cluster-node-timeout 1000"]
    }
    try directory.write((lines + options.settings).joined(separator: "\n") + "\n", to: "redis.conf")
  }

  private func makeCertificate() async throws {
    let (status, output) = try await TestProcess.run(
      "/usr/bin/openssl",
      [
        "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj",
        "/CN=localhost", "-addext", "subjectAltName=" + options.certificateNames.joined(separator: ","), "-keyout",
        directory.path + "/tls.key", "-out", directory.path + "/tls.crt",
      ])
    guard status == 0 else { throw TestProcess.Failure("openssl made no certificate: \(output)") }
  }

  /// The server's log so far.
  package var log: String {
    (try? TemporaryDirectory.read(directory.path + "/log")) ?? "(no log)"
  }

  // MARK: Faults

  /// Starts the server again after `kill` or `stop`, on the same port, and returns when it answers.
  package func resume() async throws {
    let process = try TestProcess(executable: Self.server, arguments: [directory.path + "/redis.conf"])
    self.process.withLock { $0 = process }
    do {
      try await eventually("redis-server on port \(port)") {
        try await run("PING").contains("PONG")
      }
    } catch {
      throw TestProcess.Failure("redis-server does not answer: \(error)\n\(log)")
    }
  }

  /// kill -9; returns when the process is gone.
  package func kill() {
    end(SIGKILL)
  }

  /// A clean stop by SIGTERM; returns when the process is gone.
  package func stop() {
    end(SIGTERM)
  }

  private func end(_ number: Int32) {
    let process = process.withLock { process in
      defer { process = nil }
      return process
    }
    process?.signal(SIGCONT)
    process?.signal(number)
    process?.wait()
  }

  /// SIGSTOP: the server keeps its connections and answers nothing.
  package func pause() {
    process.withLock { $0?.pause() }
  }

  /// Ends a `pause`.
  package func unpause() {
    process.withLock { $0?.signal(SIGCONT) }
  }

  /// Runs a command by redis-cli over the Unix socket as the default user; returns what it printed.
  @discardableResult
  package func run(_ arguments: String...) async throws -> String {
    let login = options.password.map { ["--no-auth-warning", "-a", $0] } ?? []
    return try await TestProcess.run(Self.commandLine, ["-s", socketPath] + login + arguments).output
  }
}
