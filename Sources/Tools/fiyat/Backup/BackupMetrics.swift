import Glibc

/// Files for the node exporter's textfile collector: what alerts on backups look at.
enum BackupMetrics {
  /// What there is to restore from.
  static func text(_ info: BackupInfo, stanza: String, now: Int64) -> String {
    let labels = "stanza=\"\(stanza)\""
    var lines = header("status", "pgBackRest's status of the stanza; 0 when all is well.")
    lines.append("fiyatradari_backup_status{\(labels)} \(info.code)")
    lines += header("checked_timestamp_seconds", "When this was asked, in seconds since 1970.")
    lines.append("fiyatradari_backup_checked_timestamp_seconds{\(labels)} \(now)")
    lines += header("count", "Backups that can be restored from.")
    for type in types {
      lines.append(
        "fiyatradari_backup_count{\(labels),type=\"\(type)\"} \(good(info, type).count)")
    }
    lines += header("last_timestamp_seconds", "When the last good backup ended, in seconds since 1970; 0 without one.")
    for type in types {
      lines.append(
        "fiyatradari_backup_last_timestamp_seconds{\(labels),type=\"\(type)\"} \(good(info, type).last?.stop ?? 0)")
    }
    lines += header("last_size_bytes", "Size of the database when it was last copied.")
    lines.append("fiyatradari_backup_last_size_bytes{\(labels)} \(info.backups.last?.size ?? 0)")
    return lines.joined(separator: "\n") + "\n"
  }

  /// How a run of `fiyat backup now` ended.
  static func text(run type: String, succeeded: Bool, seconds: Int64, stanza: String, now: Int64) -> String {
    let labels = "stanza=\"\(stanza)\""
    var lines = header("run_success", "1 when the last run of a backup succeeded, else 0.")
    lines.append("fiyatradari_backup_run_success{\(labels),type=\"\(type)\"} \(succeeded ? 1 : 0)")
    lines += header("run_duration_seconds", "How long that run took.")
    lines.append("fiyatradari_backup_run_duration_seconds{\(labels),type=\"\(type)\"} \(seconds)")
    lines += header("run_timestamp_seconds", "When that run ended, in seconds since 1970.")
    lines.append("fiyatradari_backup_run_timestamp_seconds{\(labels),type=\"\(type)\"} \(now)")
    return lines.joined(separator: "\n") + "\n"
  }

  /// Written beside and renamed, so that the collector never reads half a file. It only reads names that end in `.prom`.
  /// - Throws: `FiyatError`.
  static func write(_ text: String, folder: String, name: String) throws {
    let path = "\(folder)/\(name).prom"
    let next = path + ".new"
    func failure() -> FiyatError { FiyatError("\(path): \(String(cString: strerror(errno)))") }
    guard let file = fopen(next, "w") else { throw failure() }
    let isWritten = fputs(text, file) >= 0
    // The collector has a user of its own.
    guard fclose(file) == 0, isWritten, chmod(next, 0o644) == 0, rename(next, path) == 0 else { throw failure() }
  }

  private static let types = ["full", "diff", "incr"]

  private static func good(_ info: BackupInfo, _ type: String) -> [BackupInfo.Backup] {
    info.backups.filter { $0.type == type && !$0.hasErrors }
  }

  private static func header(_ name: String, _ help: String) -> [String] {
    ["# HELP fiyatradari_backup_\(name) \(help)", "# TYPE fiyatradari_backup_\(name) gauge"]
  }
}
