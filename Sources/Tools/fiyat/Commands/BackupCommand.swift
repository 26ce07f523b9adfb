import ArgumentParser
import MeshMessages

/// `fiyat backup`: pgBackRest with our names, checks and figures. It runs where PostgreSQL's files are, as their owner.
struct BackupCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "backup", abstract: "Shows and makes backups of the database, and restores from them.",
    subcommands: [Status.self, Now.self, BackupRestoreCommand.self], defaultSubcommand: Status.self)

  struct Status: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Shows what there is to restore from. Ends with status 1 when that is not well.")

    @OptionGroup var backups: BackupOptions
    @Option(help: "A folder for fiyatradari_backup.prom, for the node exporter's textfile collector.")
    var metrics: String?

    func run() throws {
      let info = try backups.info()
      if let metrics {
        try BackupMetrics.write(
          BackupMetrics.text(info, stanza: backups.name, now: SystemClock.seconds()), folder: metrics,
          name: "fiyatradari_backup")
      }
      print(Self.text(info))
      if info.code != 0 { throw ExitCode(1) }
    }

    static func text(_ info: BackupInfo) -> String {
      var table = Table([
        ("backup", .left), ("type", .left), ("ended", .left), ("took", .right), ("database", .right),
        ("stored", .right), ("state", .left),
      ])
      for backup in info.backups {
        table.add([
          backup.label, backup.type, GoogleProtobuf.Timestamp(seconds: backup.stop).rfc3339,
          "\(backup.stop - backup.start) s", megabytes(backup.size), megabytes(backup.stored),
          backup.hasErrors ? "damaged pages" : "good",
        ])
      }
      let archive = info.archive.map { "WAL from \($0.first) to \($0.last)" } ?? "no WAL"
      return "\(info.code == 0 ? "well" : "not well: \(info.message)"); \(archive)\n" + table.text
    }

    private static func megabytes(_ bytes: Int64) -> String { "\((bytes + 500_000) / 1_000_000) MB" }
  }

  struct Now: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Makes a backup, and removes those that the retention no longer keeps.")

    enum Kind: String, ExpressibleByArgument, CaseIterable { case full, diff, incr }

    @Option(help: "full; diff: what changed since the last full one; incr: since the last one of any kind.")
    var type = Kind.diff

    @OptionGroup var backups: BackupOptions
    @Option(help: "A folder for fiyatradari_backup_run.prom and fiyatradari_backup.prom.")
    var metrics: String?

    func run() throws {
      let start = SystemClock.seconds()
      let status = try Subprocess.run(backups.command("backup", ["--type=\(type.rawValue)"]))
      let now = SystemClock.seconds()
      if let metrics {
        try BackupMetrics.write(
          BackupMetrics.text(
            run: type.rawValue, succeeded: status == 0, seconds: now - start, stanza: backups.name, now: now),
          folder: metrics, name: "fiyatradari_backup_run")
      }
      guard status == 0 else { throw FiyatError("the backup failed: pgbackrest ended with status \(status)") }
      let info = try backups.info()
      if let metrics {
        try BackupMetrics.write(
          BackupMetrics.text(info, stanza: backups.name, now: now), folder: metrics, name: "fiyatradari_backup")
      }
      print(Status.text(info))
    }
  }
}
