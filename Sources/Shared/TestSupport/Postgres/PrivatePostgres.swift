internal import Glibc
internal import Synchronization

/// A PostgreSQL server of the tests' own: a fresh cluster in a temporary directory, on a free port and a Unix socket,
/// gone with the process that started it, however that ends. Runs as `postgres` when the tests run as root.
package final class PrivatePostgres: Sendable {
  /// The superuser's password over TCP; the socket asks for none.
  package static let password = "s3cret-of-the-tests"

  package let directory: String
  package let port: Int
  private let binaries: String
  private let settings: [String: String]
  private let server = Mutex<ChildProcess?>(nil)
  private let watch: DeathWatch

  /// Makes a cluster and starts its server.
  /// - Parameter settings: lines for `postgresql.conf`.
  /// - Throws: `TestSupportError` when PostgreSQL is not installed or does not start.
  package static func start(settings: [String: String] = [:]) async throws -> PrivatePostgres {
    let postgres = try await PrivatePostgres(settings: settings)
    try await postgres.restart()
    return postgres
  }

  private init(settings: [String: String]) async throws {
    binaries = try Self.findBinaries()
    self.settings = settings
    directory = try Self.makeDirectory()
    port = try freePort()
    watch = try DeathWatch(
      directory: directory,
      script: """
        p=$(head -n 1 "$1/data/postmaster.pid" 2>/dev/null)
        if [ -n "$p" ] && grep -qa postgres "/proc/$p/cmdline" 2>/dev/null; then
          c=$(cat "/proc/$p/task/$p/children" 2>/dev/null)
          kill -9 $p $c 2>/dev/null
        fi
        for i in 1 2 3 4 5; do rm -rf "$1" 2>/dev/null && break; sleep 0.1; done
        """)
    try await initialize()
  }

  private func initialize() async throws {
    let passwordFile = directory + "/password"
    try write(Self.password + "\n", to: passwordFile)
    let log = directory + "/initdb.log"
    let initdb = try ChildProcess(
      Self.asServerUser([
        binaries + "/initdb", "-D", directory + "/data", "-U", "postgres", "--no-sync", "--encoding=UTF8",
        "--locale=C.UTF-8", "--auth-local=trust", "--auth-host=scram-sha-256", "--pwfile=" + passwordFile,
      ]), output: log)
    guard try await initdb.wait(seconds: 60) == 0 else { throw TestSupportError("initdb failed: \(readFile(log))") }
    var lines = [
      "port": "\(port)", "listen_addresses": "'127.0.0.1'", "unix_socket_directories": "'\(directory)'",
      "fsync": "off", "max_connections": "120", "shared_buffers": "64MB", "autovacuum_naptime": "60",
      "max_wal_size": "4GB",
    ]
    lines.merge(settings) { $1 }
    try append(lines.map { "\($0) = \($1)\n" }.sorted().joined(), to: directory + "/data/postgresql.conf")
  }

  // MARK: Addresses

  /// Over the Unix socket, as the superuser unless `user` says otherwise.
  package func dsn(user: String = "postgres", database: String = "postgres") -> String {
    "host=\(directory) port=\(port) dbname=\(database) user=\(user)"
  }

  /// Over TCP, with a password.
  package func tcpDSN(
    user: String = "postgres", password: String = PrivatePostgres.password, database: String = "postgres",
    port: Int? = nil
  ) -> String {
    "host=127.0.0.1 port=\(port ?? self.port) dbname=\(database) user=\(user) password=\(password)"
  }

  // MARK: Faults

  /// Starts the server, stopping it first when it runs, and waits until it takes connections.
  package func restart() async throws {
    if let running = server.withLock({ $0 }), running.exitStatus == nil { try await stop() }
    // A process that was forked while its parent was killed may hold the shared memory a little longer.
    try await waitUntil("PostgreSQL starts", seconds: 60) { try await self.launch() }
  }

  /// - Returns: false when the shared memory of a killed server is in use still.
  private func launch() async throws -> Bool {
    let log = directory + "/server.log"
    unlink(log)
    // What kill -9 leaves behind would pass for the new server's.
    unlink(directory + "/data/postmaster.pid")
    let child = try ChildProcess(
      Self.asServerUser([binaries + "/postgres", "-D", directory + "/data"]), output: log)
    server.withLock { $0 = child }
    let statusFile = directory + "/data/postmaster.pid"
    try await waitUntil("PostgreSQL is ready", seconds: 60) {
      if child.exitStatus != nil {
        if readFile(log).contains("shared memory block") { return true }
        throw TestSupportError("PostgreSQL did not start: \(readFile(log))")
      }
      return readFile(statusFile).split(separator: "\n", omittingEmptySubsequences: false).dropFirst(7).first?
        .hasPrefix("ready") == true
    }
    return child.exitStatus == nil
  }

  /// Ends sessions and stops (a "fast" shutdown).
  package func stop() async throws {
    guard let child = server.withLock({ $0 }) else { return }
    child.signal(SIGINT)
    _ = try await child.wait(seconds: 30)
  }

  /// SIGKILL to the server and all its processes at once.
  package func killNine() async throws {
    guard let child = server.withLock({ $0 }) else { return }
    for process in [child.id] + processes(of: child.id) { kill(process, SIGKILL) }
    _ = try await child.wait(seconds: 10)
  }

  /// Stops all its processes where they are (SIGSTOP): connections stay open and nothing answers.
  package func pause() {
    signalAll(SIGSTOP)
  }

  /// Ends a `pause`.
  package func resume() {
    signalAll(SIGCONT)
  }

  /// Ends the server and removes its directory.
  package func tearDown() async throws {
    try await watch.fire()
    if let child = server.withLock({ $0 }) { _ = try await child.wait(seconds: 10) }
  }

  private func signalAll(_ signal: Int32) {
    guard let child = server.withLock({ $0 }) else { return }
    for process in [child.id] + processes(of: child.id) { kill(process, signal) }
  }

  private func processes(of parent: Int32) -> [Int32] {
    readFile("/proc/\(parent)/task/\(parent)/children").split(separator: " ").compactMap { Int32($0) }
  }

  // MARK: Setting up

  private static func findBinaries() throws -> String {
    for version in [17, 16, 15, 14] {
      let path = "/usr/lib/postgresql/\(version)/bin"
      if access(path + "/initdb", X_OK) == 0 { return path }
    }
    throw TestSupportError("PostgreSQL's server is not installed: apt-get install postgresql")
  }

  private static func makeDirectory() throws -> String {
    guard let made = mkdtemp(strdup("/tmp/private-postgres-XXXXXX")) else { throw TestSupportError("no directory") }
    defer { free(made) }
    let path = String(cString: made)
    guard getuid() == 0 else { return path }
    guard let user = getpwnam("postgres")?.pointee, chown(path, user.pw_uid, user.pw_gid) == 0 else {
      throw TestSupportError("running as root, and there is no user postgres to run the server as")
    }
    return path
  }

  /// PostgreSQL refuses to run as root.
  private static func asServerUser(_ command: [String]) -> [String] {
    guard getuid() == 0 else { return command }
    return ["/usr/bin/setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "--"] + command
  }
}
