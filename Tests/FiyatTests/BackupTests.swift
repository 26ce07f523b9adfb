import ArgumentParser
import MeshMessages
import Testing

@testable import FiyatCommands

@Suite("Backups by the command line")
struct BackupTests {
  /// As pgBackRest 2.45 writes it, shortened.
  private static let json = """
    [{"archive":[{"database":{"id":1,"repo-key":1},"id":"15-1","max":"000000010000000000000009",
    "min":"000000010000000000000003"}],"backup":[
    {"archive":{"start":"a","stop":"b"},"error":false,"info":{"delta":9,"repository":{"delta":4000000,"size":4},
    "size":40000000},"label":"20260203-040506F","timestamp":{"start":1770091506,"stop":1770091516},"type":"full"},
    {"error":true,"info":{"repository":{"delta":1}},"label":"20260204-040506F_20260205D",
    "timestamp":{"start":1770177906,"stop":1770177910},"type":"diff"}],
    "name":"fiyatradari","status":{"code":0,"lock":{"backup":{"held":false}},"message":"ok"}}]
    """

  private func read(_ stanza: String = "fiyatradari") throws -> BackupInfo {
    try BackupInfo(Array(Self.json.utf8), stanza: stanza)
  }

  @Test("What pgBackRest says is read, and damage is seen")
  func info() throws {
    let info = try read()
    #expect(info.code == 0 && info.backups.map(\.label) == ["20260203-040506F", "20260204-040506F_20260205D"])
    #expect(info.backups.map(\.hasErrors) == [false, true] && info.backups[0].size == 40_000_000)
    #expect(info.archive?.last == "000000010000000000000009")
    #expect(BackupCommand.Status.text(info).contains("damaged pages"))
  }

  @Test("A stanza that is not there, and text that is no JSON, are said so")
  func wrong() {
    #expect { try read("other") } throws: { "\($0)".contains("no stanza other") }
    #expect { try BackupInfo(Array("oops".utf8), stanza: "x") } throws: { "\($0)".contains("cannot be read") }
  }

  @Test("A restore begins at the last good backup that had ended by then")
  func choice() throws {
    let info = try read()
    #expect(info.last(before: 1_770_091_515) == nil)
    #expect(info.last(before: 1_770_091_516)?.label == "20260203-040506F")
    // The later one is damaged.
    #expect(info.last(before: 1_790_000_000)?.label == "20260203-040506F")
  }

  @Test("Metrics name the last good backup of each type, and 0 where there is none")
  func metrics() throws {
    let lines = BackupMetrics.text(try read(), stanza: "s", now: 5).split(separator: "\n").map(String.init)
    #expect(lines.contains(#"fiyatradari_backup_last_timestamp_seconds{stanza="s",type="full"} 1770091516"#))
    #expect(lines.contains(#"fiyatradari_backup_last_timestamp_seconds{stanza="s",type="diff"} 0"#))
    #expect(lines.contains(#"fiyatradari_backup_status{stanza="s"} 0"#))
  }

  @Test("A moment is written in UTC as PostgreSQL reads it")
  func target() throws {
    let moment = try #require(GoogleProtobuf.Timestamp(rfc3339: "2026-02-03T07:05:06.25+03:00"))
    #expect(BackupRestoreCommand.target(moment) == "2026-02-03 04:05:06.250000+00")
  }

  @Test(
    "Wrong arguments are refused by name",
    arguments: [
      (["--to", "yesterday", "--into", "/tmp/x"], "--to"), (["--to", "latest", "--into", "x"], "--into"),
      (["--to", "latest", "--into", "/tmp/x", "--stanza", "a\"b"], "--stanza"),
    ])
  func arguments(arguments: [String], name: String) {
    #expect { try BackupRestoreCommand.parse(arguments) } throws: {
      BackupRestoreCommand.message(for: $0).contains(name)
    }
  }
}
