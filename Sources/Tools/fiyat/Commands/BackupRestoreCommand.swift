import ArgumentParser
import MeshMessages

#if canImport(Glibc)
  import Glibc
#endif

/// `fiyat backup restore`: a database as it was at a moment.
struct BackupRestoreCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "restore", abstract: "Lays down the files of a server as it was at a moment.",
    discussion: """
      The server is not started. When it is, it fetches the WAL up to that moment and then takes writes. Nothing that is
      there is overwritten: --into must be empty or missing, unless --delta is given, which changes what differs.
      """)

  @Option(help: "The moment, such as 2026-02-03T04:05:06Z; \"latest\" for the end of the archive.")
  var to: String

  @Option(help: "The data directory to restore into, an absolute path.")
  var into: String

  @Flag(help: "Changes what differs in a data directory whose server has stopped.")
  var delta = false

  @Flag(help: "The server will not archive its own WAL: for drills and for looking into the past beside the real one.")
  var scratch = false

  @OptionGroup var backups: BackupOptions

  func validate() throws {
    guard into.hasPrefix("/"), into.utf8.count <= 1024 else {
      throw ValidationError("--into: expected an absolute path")
    }
    guard to == "latest" || GoogleProtobuf.Timestamp(rfc3339: to) != nil else {
      throw ValidationError("--to: expected a moment such as 2026-02-03T04:05:06Z, or latest")
    }
  }

  func run() throws {
    try checkFolder()
    var arguments = ["--pg1-path=\(into)", "--log-level-console=info"]
    if delta { arguments.append("--delta") }
    if scratch { arguments.append("--archive-mode=off") }
    if let moment = GoogleProtobuf.Timestamp(rfc3339: to) {
      arguments += ["--type=time", "--target=\(Self.target(moment))", "--target-action=promote"]
      arguments.append("--set=\(try backup(for: moment).label)")
    }
    let status = try Subprocess.run(backups.command("restore", arguments))
    guard status == 0 else { throw FiyatError("the restore failed: pgbackrest ended with status \(status)") }
    print("restored into \(into); start its server to replay the WAL, and look at its log for the end of recovery")
  }

  private func backup(for moment: GoogleProtobuf.Timestamp) throws -> BackupInfo.Backup {
    guard moment.seconds <= SystemClock.seconds() else { throw FiyatError("--to: \(to) has not come yet") }
    let info = try backups.info()
    if let backup = info.last(before: moment.seconds) { return backup }
    let first = info.backups.first { !$0.hasErrors }.map { GoogleProtobuf.Timestamp(seconds: $0.stop).rfc3339 }
    throw FiyatError("--to: there is no backup from before \(to); the first moment is \(first ?? "still to come")")
  }

  /// PostgreSQL's way to write a moment, in UTC, to the microsecond.
  static func target(_ moment: GoogleProtobuf.Timestamp) -> String {
    let text = moment.rfc3339
    let fraction = String(moment.nanos / 1000)
    let digits = String(repeating: "0", count: 6 - fraction.count) + fraction
    return "\(text.prefix(10)) \(text.dropFirst(11).dropLast()).\(digits)+00"
  }

  private func checkFolder() throws {
    if access("\(into)/postmaster.pid", F_OK) == 0 {
      throw FiyatError("--into: a server runs on \(into), or has died there: it holds postmaster.pid. Stop it first.")
    }
    guard !delta, let folder = opendir(into) else { return }
    defer { closedir(folder) }
    var entries = 0
    while readdir(folder) != nil { entries += 1 }
    // . and .. are always there.
    guard entries <= 2 else {
      throw FiyatError("--into: \(into) is not empty; choose another folder, or say --delta to change what differs")
    }
  }
}
