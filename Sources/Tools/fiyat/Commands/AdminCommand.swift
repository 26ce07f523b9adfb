import ArgumentParser
import EdgeGateway
import PostgresClient
import ServiceKit

#if canImport(Glibc)
  import Glibc
#endif

/// `fiyat admin`: what cannot be done over the network.
struct AdminCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "admin", abstract: "Looks after the gateway's accounts, by its database.",
    subcommands: [AdminCreate.self])
}

/// `fiyat admin create`: the first admin, who makes all others.
struct AdminCreate: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "create", abstract: "Makes the first admin.",
    discussion: """
      The database is the gateway's: DATABASE_URL, or the file that DATABASE_URL_FILE names. The gateway, or \
      edge-gateway --migrate-only, must have made its schema. The password is read from standard input, or from a file.
      """)

  @Option(help: "The admin's e-mail address. An account with this address becomes an admin's.")
  var email: String

  @Option(help: "A file whose first line is the password.")
  var passwordFile: String?

  @Flag(help: "Also when there is an admin already.")
  var force = false

  func run() async throws {
    guard let address = EmailAddress(email) else {
      throw FiyatError("--email: expected an e-mail address such as ayse@example.com")
    }
    let password = try readPassword()
    if let fault = PasswordPolicy.fault(in: password, of: address) { throw FiyatError("the password \(fault)") }
    let text = ConnectionString.withSession(try databaseURL(), schema: "edge")
    let hasher = try PasswordHasher()
    let hash = try await hasher.hash(password)
    await hasher.shutdown()
    switch try await create(address, hash, text) {
    case .created: print("\(email) is an admin")
    case .promoted: print("\(email) had an account, which is an admin's now, with the new password")
    case .refused: throw FiyatError("there is an admin already; --force makes another one")
    }
  }

  private func create(
    _ address: EmailAddress, _ hash: String, _ connection: String
  ) async throws -> AccountStore.AdminCreation {
    let pool: PostgresPool
    do throws(PostgresError) {
      var configuration = PostgresPoolConfiguration(primary: try PostgresDSN(connection))
      configuration.maximumConnections = 1
      pool = try PostgresPool(configuration)
    } catch {
      throw FiyatError("DATABASE_URL cannot be used: \(error.message)")
    }
    do {
      let outcome = try await AccountStore(pool: pool).createAdmin(address, passwordHash: hash, isForced: force)
      await pool.close()
      return outcome
    } catch let error as PostgresError {
      await pool.close(grace: .zero)
      if error.sqlState == .undefinedTable {
        throw FiyatError("the gateway's schema is not there yet: start the gateway, or run edge-gateway --migrate-only")
      }
      throw FiyatError("the gateway's database: \(error)")
    }
  }

  private func databaseURL() throws -> String {
    if let url = environment("DATABASE_URL") { return url }
    guard let path = environment("DATABASE_URL_FILE") else {
      throw FiyatError("set DATABASE_URL or DATABASE_URL_FILE to the gateway's database")
    }
    return try firstLine(of: path, "DATABASE_URL_FILE")
  }

  private func environment(_ name: String) -> String? {
    getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
  }

  private func readPassword() throws -> String {
    if let passwordFile { return try firstLine(of: passwordFile, "--password-file") }
    guard isatty(STDIN_FILENO) != 0 else { return Swift.readLine() ?? "" }
    Self.say("password: ")
    var settings = termios()
    guard tcgetattr(STDIN_FILENO, &settings) == 0 else {
      throw FiyatError("the terminal would show the password; use --password-file")
    }
    let shown = settings
    settings.c_lflag &= ~tcflag_t(ECHO)
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &settings)
    defer {
      var shown = shown
      tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown)
      Self.say("\n")
    }
    return Swift.readLine() ?? ""
  }

  /// To the person at the terminal. One that takes no text shows none.
  private static func say(_ text: String) { _ = text.withCString { write(STDERR_FILENO, $0, strlen($0)) } }

  private func firstLine(of path: String, _ what: String) throws -> String {
    do {
      let text = try FileText.read(path, limit: 64 << 10)
      return String(text.prefix { !$0.isNewline })
    } catch {
      throw FiyatError("\(what): \(error)")
    }
  }
}
