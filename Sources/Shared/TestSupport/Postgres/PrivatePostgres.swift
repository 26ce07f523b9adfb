internal import Glibc
internal import Synchronization

/// A PostgreSQL server of the tests' own: a fresh cluster in a temporary directory, on a free port and a Unix socket.
/// It ends with its owner, at the latest when the test process ends, however it ends. Runs as `postgres` when the tests
/// run as root.
package final class PrivatePostgres: Sendable {
  /// The superuser's password over TCP; the socket asks for none.
  package static let password = "s3cret-of-the-tests"

  /// The server's directory; the Unix socket is in it.
  package var directory: String { temporary.path }
  /// The port on 127.0.0.1, also part of the socket's name.
  package let port: Int

  private let temporary: TemporaryDirectory
  private let installation: PostgresInstallation
  private let server = Mutex<TestProcess?>(nil)
  private static let sharedServer = Task { try await start() }

  /// One server for all tests that break nothing, each in a database of its own (`makeDatabase`). Lives as long as the
  /// test process. Roles are the whole server's.
  package static func shared() async throws -> PrivatePostgres { try await sharedServer.value }

  /// Makes a cluster and starts its server.
  ///
  /// - Parameters:
  ///   - isDurable: writes reach the disk before they are acknowledged. Off, they survive kill -9 all the same, but not
  ///     a crash of the machine.
  ///   - settings: lines for `postgresql.conf`.
  /// - Throws: `TestSupportError`, with the server's log when it does not start.
  package static func start(isDurable: Bool = false, settings: [String: String] = [:]) async throws -> PrivatePostgres {
    try await start { try await PrivatePostgres(isDurable: isDurable, settings: settings, standbyOf: nil) }
  }

  /// Makes a streaming standby of this server and starts it; returns when it answers reads.
  ///
  /// - Throws: `TestSupportError`, with the server's log when it does not start.
  package func startStandby() async throws -> PrivatePostgres {
    try await Self.start { try await PrivatePostgres(isDurable: false, settings: [:], standbyOf: self) }
  }

  private static func start(_ make: () async throws -> PrivatePostgres) async throws -> PrivatePostgres {
    // Another process may take the port first: then the server ends at once, and another port is tried.
    for _ in 1...3 {
      let postgres = try await make()
      do {
        try await postgres.restart()
        return postgres
      } catch  where postgres.log.contains("could not bind") {
        continue
      }
    }
    throw TestSupportError("no port for a PostgreSQL server")
  }

  private init(isDurable: Bool, settings: [String: String], standbyOf primary: PrivatePostgres?) async throws {
    installation = try PostgresInstallation()
    temporary = try TemporaryDirectory(prefix: "postgres", owner: installation.serverUser)
    port = try FreePort.next()
    if let primary {
      try await Self.copy(primary, into: temporary, installation)
    } else {
      try await PostgresTemplate.copy(into: temporary, installation)
    }
    var lines = [
      "port": "\(port)", "listen_addresses": "'127.0.0.1'", "unix_socket_directories": "'\(temporary.path)'",
      "max_connections": "200", "shared_buffers": "64MB", "max_wal_size": "4GB",
      // In the directory, not in /dev/shm, where kill -9 would leave it.
      "dynamic_shared_memory_type": "mmap",
    ]
    if !isDurable { lines.merge(["fsync": "off", "full_page_writes": "off"]) { $1 } }
    lines.merge(settings) { $1 }
    let text = lines.map { "\($0) = \($1)\n" }.sorted().joined()
    try temporary.write(text, to: "data/postgresql.conf", appending: true)
  }

  private static func copy(
    _ primary: PrivatePostgres, into directory: TemporaryDirectory, _ installation: PostgresInstallation
  ) async throws {
    let copy = installation.asServerUser(
      installation.program("pg_basebackup"),
      ["-D", directory.file("data"), "-d", primary.dsn(), "-R", "--checkpoint=fast", "--no-sync"])
    let (status, output) = try await TestProcess.run(
      copy.executable, copy.arguments, environment: PostgresInstallation.environment)
    guard status == 0 else { throw TestSupportError("cannot copy the primary: \(output)") }
  }

  // MARK: Addresses

  /// Over the Unix socket, as the superuser unless `user` says otherwise.
  package func dsn(user: String = "postgres", database: String = "postgres") -> String {
    "host=\(directory) port=\(port) dbname=\(database) user=\(user)"
  }

  /// Over TCP, with a password.
  ///
  /// - Parameter port: a proxy's, else the server's.
  package func tcpDSN(
    user: String = "postgres", password: String = PrivatePostgres.password, database: String = "postgres",
    port: Int? = nil
  ) -> String {
    "host=127.0.0.1 port=\(port ?? self.port) dbname=\(database) user=\(user) password=\(password)"
  }

  /// What the server that runs, or ran last, has logged.
  package var log: String { temporary.read("server.log") ?? "(no log)" }

  /// Runs SQL by psql as the superuser; returns what it printed: a line for each row, columns parted by `|`.
  ///
  /// - Throws: `TestSupportError` with psql's words when a statement fails.
  @discardableResult
  package func run(_ sql: String, database: String = "postgres") async throws -> String {
    let (status, output) = try await TestProcess.run(
      installation.program("psql"),
      ["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", dsn(database: database), "-c", sql],
      environment: PostgresInstallation.environment)
    guard status == 0 else { throw TestSupportError("psql: \(output)") }
    return output.hasSuffix("\n") ? String(output.dropLast()) : output
  }

  // MARK: Faults

  /// Starts the server, stopping it first when it runs, and waits until it takes connections.
  package func restart() async throws {
    try await stop()
    let process = try launch()
    try await waitUntil("PostgreSQL is ready", within: .seconds(60)) { try self.isReady(process) }
  }

  private func launch() throws -> TestProcess {
    unlink(temporary.file("server.log"))
    let command = installation.asServerUser(installation.program("postgres"), ["-D", temporary.file("data")])
    let process = try TestProcess(
      executable: command.executable, arguments: command.arguments, environment: PostgresInstallation.environment,
      output: temporary.file("server.log"), endSignal: .quit)
    server.withLock { $0 = process }
    return process
  }

  private func isReady(_ process: TestProcess) throws -> Bool {
    guard process.exitStatus == nil else { throw TestSupportError("PostgreSQL did not start: \(log)") }
    // The first line tells this server's file from one that kill -9 left behind.
    let lines = temporary.read("data/postmaster.pid")?.split(separator: "\n", omittingEmptySubsequences: false) ?? []
    return lines.count > 7 && Int32(lines[0]) == process.pid && lines[7].hasPrefix("ready")
  }

  /// Ends sessions and stops (a "fast" shutdown); returns when the server is gone.
  package func stop() async throws {
    let process = takeProcess()
    process?.resume()
    process?.signal(SIGINT)
    try await process?.wait()
  }

  /// kill -9 of the server and all its processes at once; returns when they are gone.
  package func kill() async throws {
    try await takeProcess()?.kill()
  }

  /// SIGSTOP to all its processes: connections stay open and nothing answers.
  package func pause() async throws {
    try await server.withLock { $0 }?.pause()
  }

  /// Ends a `pause`.
  package func resume() {
    server.withLock { $0 }?.resume()
  }

  /// Ends the server at once (an "immediate" shutdown). Its directory goes with the last reference.
  package func tearDown() async throws {
    let process = takeProcess()
    process?.resume()
    process?.signal(SIGQUIT)
    try await process?.wait()
  }

  private func takeProcess() -> TestProcess? {
    server.withLock { process in
      defer { process = nil }
      return process
    }
  }
}
