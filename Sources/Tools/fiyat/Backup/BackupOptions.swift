import ArgumentParser

#if canImport(Glibc)
  import Glibc
#endif

/// Which backups, and where pgBackRest finds its settings.
struct BackupOptions: ParsableArguments {
  @Option(help: "pgBackRest's name for this database; default: PGBACKREST_STANZA or fiyatradari.")
  var stanza: String?

  @Option(help: "pgBackRest's configuration; default: its own, /etc/pgbackrest/pgbackrest.conf.")
  var config: String?

  func validate() throws {
    // The name goes into metrics and becomes a folder.
    guard name.utf8.count <= 64, !name.isEmpty, name.utf8.allSatisfy({ Self.isPlain($0) }) else {
      throw ValidationError("--stanza: expected 1 to 64 letters, digits, - and _")
    }
  }

  private static func isPlain(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
      true
    default: false
    }
  }

  var name: String {
    stanza ?? getenv("PGBACKREST_STANZA").map { String(cString: $0) } ?? "fiyatradari"
  }

  /// The command line of one of pgBackRest's commands.
  func command(_ name: String, _ arguments: [String] = []) -> [String] {
    ["pgbackrest", "--stanza=\(self.name)"] + (config.map { ["--config=\($0)"] } ?? []) + arguments + [name]
  }

  /// - Throws: `FiyatError`.
  func info() throws -> BackupInfo {
    try BackupInfo(try Subprocess.read(command("info", ["--output=json"])), stanza: name)
  }
}
