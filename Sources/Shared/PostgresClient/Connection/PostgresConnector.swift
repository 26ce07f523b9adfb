internal import CLibpq
internal import Glibc

/// Makes connections. libpq looks up names and hashes passwords in the calling thread, for milliseconds to seconds,
/// so this never runs on the I/O thread.
enum PostgresConnector {
  /// A connection that nobody else holds; `pointer` is the taker's to finish.
  struct Opened: @unchecked Sendable {
    let pointer: OpaquePointer
    let cancel: CancelHandle

    /// Closes it, in the place of a taker that is gone.
    func discard() { PQfinish(pointer) }
  }

  /// Connects and leaves the connection non-blocking.
  /// - Throws: `PostgresError` `.connectFailed`; its `server` is set when the server refused.
  static func open(dsn: PostgresDSN, applicationName: String, deadline: UInt64) throws(PostgresError) -> Opened {
    guard let pointer = start(dsn: dsn, applicationName: applicationName) else {
      throw PostgresError(.connectFailed, "no memory for a connection")
    }
    do throws(PostgresError) {
      try finishConnecting(pointer, dsn: dsn, deadline: deadline)
      guard PQsetnonblocking(pointer, 1) == 0, let cancel = CancelHandle(connection: pointer) else {
        throw PostgresError(.connectFailed, "\(dsn): no memory for a connection")
      }
      PQsetErrorVerbosity(pointer, PQERRORS_DEFAULT)
      return Opened(pointer: pointer, cancel: cancel)
    } catch {
      PQfinish(pointer)
      throw error
    }
  }

  private static func start(dsn: PostgresDSN, applicationName: String) -> OpaquePointer? {
    // `dbname` is expanded as a connection string; what follows it overrides, `fallback_…` does not.
    let settings = [
      ("dbname", dsn.connectionString), ("client_encoding", "UTF8"), ("fallback_application_name", applicationName),
    ]
    let keys = settings.map { strdup($0.0) }
    let values = settings.map { strdup($0.1) }
    defer { for pointer in keys + values { free(pointer) } }
    let keyPointers = keys.map { UnsafePointer($0) } + [nil]
    let valuePointers = values.map { UnsafePointer($0) } + [nil]
    let pointer = PQconnectStartParams(keyPointers, valuePointers, 1)
    // Puts the SQLSTATE into a refused connection's message, the only place where libpq keeps it.
    if let pointer { PQsetErrorVerbosity(pointer, PQERRORS_VERBOSE) }
    return pointer
  }

  private static func finishConnecting(
    _ pointer: OpaquePointer, dsn: PostgresDSN, deadline: UInt64
  ) throws(PostgresError) {
    guard PQstatus(pointer) != CONNECTION_BAD else { throw failure(pointer, dsn) }
    // libpq ignores notices of ours to print: a library has no business on standard error.
    PQsetNoticeProcessor(pointer, { _, _ in }, nil)
    var direction = PGRES_POLLING_WRITING
    while direction != PGRES_POLLING_OK {
      guard direction != PGRES_POLLING_FAILED else { throw failure(pointer, dsn) }
      let now = MonotonicClock.now()
      guard now < deadline else {
        throw PostgresError(.connectFailed, "\(dsn): no answer in time: is the server up and reachable?")
      }
      var descriptor = pollfd(
        fd: PQsocket(pointer), events: Int16(direction == PGRES_POLLING_READING ? POLLIN : POLLOUT), revents: 0)
      let wait = Int32(clamping: min((deadline - now) / 1_000_000 + 1, 1000))
      if poll(&descriptor, 1, wait) > 0 { direction = PQconnectPoll(pointer) }
    }
  }

  private static func failure(_ pointer: OpaquePointer, _ dsn: PostgresDSN) -> PostgresError {
    let message = PQerrorMessage(pointer).map { String(cString: $0) } ?? ""
    let report = ConnectFailureText(message)
    var error = PostgresError(.connectFailed, "\(dsn): \(report.text)")
    if let state = report.sqlState { error.server = ServerReport(sqlState: state, serverMessage: report.text) }
    return error
  }
}

/// Takes the last server report out of libpq's verbose connection message (`FATAL:  28P01: text`).
struct ConnectFailureText {
  var sqlState: SQLState?
  var text: String

  init(_ message: String) {
    let lines = message.split(separator: "\n").map { $0.trimmingPrefix { $0 == " " || $0 == "\t" } }
    for line in lines.reversed() {
      let parts = line.split(separator: ":", omittingEmptySubsequences: false)
      for (index, part) in parts.enumerated().dropFirst() where part.count > 5 {
        let code = part.drop { $0 == " " }
        guard code.count == 5, part.hasPrefix("  "), code.allSatisfy({ $0.isASCII && ($0.isNumber || $0.isUppercase) })
        else { continue }
        sqlState = SQLState(String(code))
        text = parts[(index + 1)...].joined(separator: ":").trimmingPrefix { $0 == " " }.description
        return
      }
    }
    text = lines.first.map { String($0) } ?? "connection failed"
  }
}
