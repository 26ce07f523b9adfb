import Glibc
import PostgresClient
import ServiceKit
import TestSupport
import Testing

/// The executable itself, with signals and exit codes.
@Suite("A service's process", .timeLimit(.minutes(2)))
struct ProcessTests {
  private static let executable: String = {
    // The tests' own program lies beside the executables.
    var path = [CChar](repeating: 0, count: 4096)
    let count = readlink("/proc/self/exe", &path, path.count - 1)
    let own = String(decoding: path[..<max(0, count)].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    guard !own.hasSuffix(".xctest") else {
      return String(own[..<(own.lastIndex(of: "/") ?? own.endIndex)]) + "/sample-service"
    }
    // Swift Testing runs in a helper of the toolchain; the bundle's path is among its arguments.
    let bundle = CommandLine.arguments.first { $0.contains(".xctest") } ?? ""
    return String(bundle[..<(bundle.lastIndex(of: "/") ?? bundle.endIndex)]) + "/sample-service"
  }()

  private struct Ended {
    var status: Int32
    var output: String
  }

  private func run(_ arguments: [String], environment: [String: String] = [:]) async throws -> Ended {
    let directory = try TemporaryDirectory(prefix: "process")
    let process = try TestProcess(
      executable: Self.executable, arguments: arguments, environment: environment, output: directory.path + "/out")
    let status = try await process.wait()
    return Ended(status: status, output: directory.read("out") ?? "")
  }

  @Test("--help and --version print and end with 0")
  func help() async throws {
    let help = try await run(["--help"])
    #expect(help.status == 0)
    #expect(help.output.hasPrefix("sample-service: keeps notes"))
    #expect(help.output.contains("--role api|worker|all  (ROLE)"))
    let version = try await run(["--version"])
    #expect(version.output == "sample-service \(ServiceDescription.version)\n" && version.status == 0)
  }

  @Test("A wrong flag ends with 64, a wrong environment with 78, and each with one clear line")
  func wrongSettings() async throws {
    let flag = try await run(["--rule=api"])
    #expect(flag.status == 64)
    #expect(flag.output == "sample-service: unknown flag \"--rule\"; did you mean --role?\n")
    let missing = try await run([])
    #expect(missing.status == 78)
    #expect(missing.output.hasPrefix("sample-service: DATABASE_URL is not set: "))
    let wrong = try await run([], environment: ["DATABASE_URL": "postgresql://u:hunter2@", "EVENT_LOOPS": "many"])
    #expect(wrong.status == 78)
    #expect(
      wrong.output == "sample-service: EVENT_LOOPS (environment): expected a whole number from 0 to 256, got \"many\"\n"
    )
  }

  @Test("A database that stays away ends with 69, and no password is in the log")
  func unavailable() async throws {
    let ended = try await run(
      ["--database-wait=200ms", "--ops-listen=127.0.0.1:0"],
      environment: ["DATABASE_URL": "postgresql://u:hunter2@127.0.0.1:\(try FreePort.next())/x"])
    #expect(ended.status == 69)
    #expect(ended.output.contains(#""level":"critical","service":"sample""#))
    #expect(!ended.output.contains("hunter2"))
  }

  @Test("--migrate-only brings the schema up to date and ends; MIGRATE=off then finds it ready")
  func migrateOnly() async throws {
    let (server, database) = try await Shared.database()
    let environment = ["DATABASE_URL": server.dsn(database: database)]
    #expect(try await run(["--migrate-only"], environment: environment).status == 0)
    try await withPool(server.dsn(database: database)) { pool async throws in
      #expect(try await pool.read("SELECT count(*) FROM sample.schema_migrations").scalar(Int.self) == 2)
    }
    #expect(try await run(["--migrate-only"], environment: environment).status == 0)
  }

  @Test("--probe ends with 0 when the process with the same settings is ready, and with 69 when it is not or is away")
  func probe() async throws {
    let server = try await PrivatePostgres.start()
    let ops = "--ops-listen=:\(try FreePort.next())"
    let directory = try TemporaryDirectory(prefix: "process")
    let process = try start(server.dsn(), [ops], output: directory.path + "/out")
    try await waitUntil("it is ready") { try await run(["--probe", ops]).status == 0 }
    try await server.kill()
    try await waitUntil("it is not ready", within: .seconds(20)) {
      let probe = try await run(["--probe", ops])
      return probe.status == 69 && probe.output.contains("not ready: \"HTTP/1.1 503")
    }
    process.signal(SIGTERM)
    #expect(try await process.wait() == 0)
    let probe = try await run(["--probe", ops])
    #expect(probe.status == 69 && probe.output.contains("nobody answers at OPS_LISTEN"))
    try await server.tearDown()
  }

  @Test("SIGTERM ends it in good order with 0")
  func terminates() async throws {
    let (server, database) = try await Shared.database()
    let directory = try TemporaryDirectory(prefix: "process")
    let process = try start(server.dsn(database: database), [], output: directory.path + "/out")
    try await waitUntil("it is ready") { directory.read("out")?.contains("\"started\"") == true }
    process.signal(SIGTERM)
    #expect(try await process.wait() == 0)
    let log = directory.read("out") ?? ""
    #expect(log.contains("\"stopping\"") && log.contains("\"stopped\""))
  }

  @Test("A second signal ends it at once")
  func secondSignal() async throws {
    let (server, database) = try await Shared.database()
    let directory = try TemporaryDirectory(prefix: "process")
    let process = try start(
      server.dsn(database: database), ["--shutdown-delay=60s", "--shutdown-timeout=100s"],
      output: directory.path + "/out")
    try await waitUntil("it is ready") { directory.read("out")?.contains("\"started\"") == true }
    process.signal(SIGINT)
    try await waitUntil("it stops") { directory.read("out")?.contains("\"stopping\"") == true }
    process.signal(SIGINT)
    #expect(try await process.wait() == 128 + SIGINT)
  }

  @Test("What does not stop in time is ended")
  func deadline() async throws {
    let (server, database) = try await Shared.database()
    let directory = try TemporaryDirectory(prefix: "process")
    let process = try start(
      server.dsn(database: database), ["--shutdown-timeout=100ms", "--sample-stubborn"], output: directory.path + "/out"
    )
    try await waitUntil("it is ready") { directory.read("out")?.contains("\"started\"") == true }
    process.signal(SIGTERM)
    #expect(try await process.wait() == 70)
    #expect(directory.read("out")?.contains("did not stop in time") == true)
  }

  private func start(_ dsn: String, _ arguments: [String], output: String) throws -> TestProcess {
    try TestProcess(
      executable: Self.executable,
      arguments: ["--listen=127.0.0.1:0"]
        + (arguments.contains { $0.hasPrefix("--ops-listen") } ? [] : ["--ops-listen=127.0.0.1:0"]) + arguments,
      environment: ["DATABASE_URL": dsn], output: output)
  }
}
