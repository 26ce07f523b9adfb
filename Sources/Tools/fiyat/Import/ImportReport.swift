import ProtobufBridge

/// What an import tells at its end.
struct ImportReport {
  var rows: Int64 = 0
  /// Rows taken over, by what became of them.
  var counts: [(name: String, count: Int64)] = []
  var rejected: Int64 = 0
  /// The first of the rejected, with their lines.
  private(set) var reasons: [(line: Int64, reason: String)] = []
  /// The line behind which this run went on from an interrupted one; 0: it began at the file's start.
  var resumedBehind: Int64 = 0

  /// The most that are kept, and those of them that a person is shown.
  static let maximumReasons = 1000
  static let shownReasons = 20

  mutating func reject(line: Int64, _ reason: String) {
    rejected += 1
    if reasons.count < Self.maximumReasons { reasons.append((line, reason)) }
  }

  mutating func add(_ name: String, _ count: Int64) {
    if let index = counts.firstIndex(where: { $0.name == name }) {
      counts[index].count += count
    } else {
      counts.append((name, count))
    }
  }

  /// For a person.
  func text(rate: Int64) -> String {
    let parts = counts.map { "\($0.count) \($0.name)" } + ["\(rejected) rejected"]
    var lines = ["\(rows) rows: " + parts.joined(separator: ", ") + " (\(rate)/s)"]
    if resumedBehind > 0 { lines.insert("went on behind line \(resumedBehind)", at: 0) }
    let shown = reasons.prefix(Self.shownReasons)
    for (line, reason) in shown { lines.append("line \(line): \(Table.printable(reason))") }
    let more = rejected - Int64(shown.count)
    if more > 0 { lines.append("… and \(more) more") }
    return lines.joined(separator: "\n")
  }

  /// For programs: one object.
  func json(rate: Int64) -> String {
    let parts =
      [("rows", rows)] + counts.map { ($0.name, $0.count) }
      + [("rejected", rejected), ("rate", rate), ("resumed behind", resumedBehind)]
    var writer = JSONWriter()
    writer.beginObject()
    for (name, count) in parts {
      writer.name(name)
      writer.integer(count)
    }
    writer.name("rejections")
    writer.beginArray()
    for (line, reason) in reasons {
      writer.beginObject()
      writer.name("line")
      writer.integer(line)
      writer.name("reason")
      writer.string(reason)
      writer.endObject()
    }
    writer.endArray()
    writer.endObject()
    return String(decoding: writer.bytes, as: UTF8.self)
  }
}
