import MeshMessages
import ProtobufBridge

/// What `pgbackrest info --output=json` says of one stanza.
struct BackupInfo: Equatable {
  struct Backup: Equatable {
    var label: String
    /// full, diff or incr.
    var type: String
    /// Seconds since 1970.
    var start: Int64
    var stop: Int64
    /// Of the database when it was copied, in bytes.
    var size: Int64
    /// What it added to the repository, in bytes.
    var stored: Int64
    /// It holds pages whose checksums were wrong.
    var hasErrors: Bool
  }

  /// 0 when all is well; pgBackRest's own numbers else.
  var code: Int
  var message: String
  /// Oldest first.
  var backups: [Backup]
  /// The first and the last archived WAL segment of the newest server.
  var archive: (first: String, last: String)?

  static func == (one: BackupInfo, other: BackupInfo) -> Bool {
    one.code == other.code && one.message == other.message && one.backups == other.backups
      && one.archive?.first == other.archive?.first && one.archive?.last == other.archive?.last
  }

  /// - Throws: `FiyatError` when the text is not what pgBackRest writes, or does not have the stanza.
  init(_ json: [UInt8], stanza: String) throws {
    let list: GoogleProtobuf.ListValue
    do {
      list = try GoogleProtobuf.ListValue(json: json)
    } catch {
      throw FiyatError("pgbackrest's answer cannot be read: \(error)")
    }
    guard let found = list.values.first(where: { $0["name"].text == stanza }) else {
      throw FiyatError("pgbackrest knows no stanza \(stanza)")
    }
    code = Int(found["status"]["code"].number)
    message = found["status"]["message"].text
    backups = found["backup"].elements.map { backup in
      Backup(
        label: backup["label"].text, type: backup["type"].text, start: backup["timestamp"]["start"].number,
        stop: backup["timestamp"]["stop"].number, size: backup["info"]["size"].number,
        stored: backup["info"]["repository"]["delta"].number, hasErrors: backup["error"].isTrue)
    }
    archive = found["archive"].elements.last.map { ($0["min"].text, $0["max"].text) }
  }

  /// The last backup that is good and had ended at a moment: where a restore to it begins.
  func last(before moment: Int64) -> Backup? { backups.last { $0.stop <= moment && !$0.hasErrors } }
}

/// A value of any kind, read with what is missing taken for empty.
extension GoogleProtobuf.Value {
  fileprivate subscript(name: String) -> GoogleProtobuf.Value {
    if case .structValue(let value) = kind { return value.fields[name] ?? GoogleProtobuf.Value() }
    return GoogleProtobuf.Value()
  }

  fileprivate var text: String { if case .stringValue(let text) = kind { text } else { "" } }
  fileprivate var isTrue: Bool { if case .boolValue(let value) = kind { value } else { false } }
  fileprivate var number: Int64 {
    if case .numberValue(let value) = kind { Int64(exactly: value.rounded()) ?? 0 } else { 0 }
  }
  fileprivate var elements: [GoogleProtobuf.Value] { if case .listValue(let list) = kind { list.values } else { [] } }
}
