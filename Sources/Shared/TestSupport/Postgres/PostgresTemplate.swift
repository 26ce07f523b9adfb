/// The fresh cluster that each server gets a copy of: initdb takes a second, a copy a tenth of it.
enum PostgresTemplate {
  private static let made = Task { try await make() }

  /// Makes `data` in `directory` a copy.
  ///
  /// - Throws: `TestSupportError`
  static func copy(into directory: TemporaryDirectory, _ installation: PostgresInstallation) async throws {
    let template = try await made.value
    let copy = installation.asServerUser(
      "/bin/cp", ["-a", "--reflink=auto", template.file("data"), directory.file("data")])
    let (status, output) = try await TestProcess.run(copy.executable, copy.arguments)
    guard status == 0 else { throw TestSupportError("cannot copy the cluster: \(output)") }
  }

  private static func make() async throws -> TemporaryDirectory {
    let installation = try PostgresInstallation()
    let directory = try TemporaryDirectory(prefix: "initdb", owner: installation.serverUser)
    let password = try directory.write(PrivatePostgres.password + "\n", to: "password")
    let initdb = installation.asServerUser(
      installation.program("initdb"),
      [
        "-D", directory.file("data"), "-U", "postgres", "--no-sync", "--encoding=UTF8", "--locale=C.UTF-8",
        "--auth-local=trust", "--auth-host=scram-sha-256", "--pwfile=" + password,
      ])
    let (status, output) = try await TestProcess.run(
      initdb.executable, initdb.arguments, environment: PostgresInstallation.environment)
    guard status == 0 else { throw TestSupportError("initdb failed: \(output)") }
    return directory
  }
}
