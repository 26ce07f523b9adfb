internal import Glibc

/// The server's programs on this machine, and the user that may run them: PostgreSQL refuses to run as root.
struct PostgresInstallation {
  private let programs: String
  /// Who runs the server, when not we.
  let serverUser: (user: uid_t, group: gid_t)?

  /// - Throws: `TestSupportError` when PostgreSQL or its user is missing.
  init() throws {
    let found = (10..<40).reversed().map { "/usr/lib/postgresql/\($0)/bin" }.first { access($0 + "/initdb", X_OK) == 0 }
    guard let found else {
      throw TestSupportError("PostgreSQL's server is not installed; install the packages that `make bootstrap` names")
    }
    programs = found
    guard getuid() == 0 else {
      serverUser = nil
      return
    }
    guard let user = getpwnam("postgres")?.pointee else {
      throw TestSupportError("running as root, and there is no user postgres to run the server as")
    }
    serverUser = (user.pw_uid, user.pw_gid)
  }

  /// One of PostgreSQL's programs.
  func program(_ name: String) -> String { programs + "/" + name }

  /// The command that runs `program` as the server's user.
  func asServerUser(_ program: String, _ arguments: [String]) -> (executable: String, arguments: [String]) {
    guard serverUser != nil else { return (program, arguments) }
    let options = ["--reuid=postgres", "--regid=postgres", "--init-groups", "--no-new-privs", "--"]
    return ("/usr/bin/setpriv", options + [program] + arguments)
  }

  /// Not ours: PGPORT and its like would reach the server, a locale its messages.
  static let environment = ["PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C.UTF-8"]
}
