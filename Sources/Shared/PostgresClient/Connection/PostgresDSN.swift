internal import CLibpq

/// Where a server is and how to log in: a connection string of libpq (`postgresql://…` or `host=… dbname=…`), with
/// all of its TLS modes. Its description leaves out everything secret.
package struct PostgresDSN: Hashable, Sendable, CustomStringConvertible, CustomDebugStringConvertible,
  CustomReflectable
{
  let connectionString: String
  /// `host:port/database as user`.
  package let description: String
  package var debugDescription: String { description }
  package var customMirror: Mirror { Mirror(self, children: ["dsn": description]) }

  /// - Throws: `PostgresError` `.invalidConfiguration` when libpq cannot read it. The message never repeats the
  ///   string, which may hold a password.
  package init(_ connectionString: String) throws(PostgresError) {
    guard !connectionString.utf8.contains(0) else {
      throw PostgresError(.invalidConfiguration, "the connection string holds a NUL character")
    }
    var errorMessage: UnsafeMutablePointer<CChar>?
    let options = PQconninfoParse(connectionString, &errorMessage)
    if let errorMessage { PQfreemem(errorMessage) }
    guard let options else {
      throw PostgresError(
        .invalidConfiguration,
        "the connection string is malformed: write postgresql://user@host:port/database or host=… dbname=… user=…")
    }
    defer { PQconninfoFree(options) }
    var values: [String: String] = [:]
    var option = options
    while let keyword = option.pointee.keyword {
      if let value = option.pointee.val { values[String(cString: keyword)] = String(cString: value) }
      option += 1
    }
    self.connectionString = connectionString
    let host = values["host"] ?? values["hostaddr"] ?? "local"
    let user = values["user"].map { " as \($0)" } ?? ""
    description = "\(host):\(values["port"] ?? "5432")/\(values["dbname"] ?? "")\(user)"
  }
}
