internal import Logging

/// How a record becomes a line.
package enum LogFormat: String, Sendable {
  /// One JSON object (RFC 8259).
  case json
  /// For people: time, level, message, then `name=value`.
  case text

  /// The most bytes of one text in a line; what is longer is cut, and says so.
  static let maximumTextBytes = 8192

  /// The line with its line break. No text in it can break the line or the JSON, whatever it holds.
  func line(_ record: LogRecord) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(256)
    switch self {
    case .json: json(record, &bytes)
    case .text: text(record, &bytes)
    }
    bytes.append(UInt8(ascii: "\n"))
    return bytes
  }

  // MARK: JSON

  private static let reserved: Set<String> = [
    "time", "level", "service", "logger", "message", "request_id", "trace_id", "span_id",
  ]

  private func json(_ record: LogRecord, _ bytes: inout [UInt8]) {
    bytes += "{\"time\":\"".utf8
    record.time.append(to: &bytes)
    bytes += "\",\"level\":\"\(record.level.rawValue)\",\"service\":".utf8
    Self.quote(record.service, &bytes)
    bytes += ",\"logger\":".utf8
    Self.quote(record.label, &bytes)
    bytes += ",\"message\":".utf8
    Self.quote(LogRedaction.masked(record.message), &bytes)
    if let id = record.requestID {
      bytes += ",\"request_id\":".utf8
      Self.quote(id, &bytes)
    }
    if let id = record.traceID {
      bytes += ",\"trace_id\":".utf8
      Self.quote(id, &bytes)
    }
    if let id = record.spanID {
      bytes += ",\"span_id\":".utf8
      Self.quote(id, &bytes)
    }
    for (name, value) in record.fields {
      bytes.append(UInt8(ascii: ","))
      Self.quote(Self.reserved.contains(name) ? name + "_" : name, &bytes)
      bytes.append(UInt8(ascii: ":"))
      jsonValue(LogRedaction.isSecret(name) ? .string(LogRedaction.replacement) : value, depth: 0, &bytes)
    }
    bytes.append(UInt8(ascii: "}"))
  }

  private func jsonValue(_ value: Logger.MetadataValue, depth: Int, _ bytes: inout [UInt8]) {
    switch value {
    case .array(let items) where depth < 8:
      bytes.append(UInt8(ascii: "["))
      for (index, item) in items.enumerated() {
        if index > 0 { bytes.append(UInt8(ascii: ",")) }
        jsonValue(item, depth: depth + 1, &bytes)
      }
      bytes.append(UInt8(ascii: "]"))
    case .dictionary(let members) where depth < 8:
      bytes.append(UInt8(ascii: "{"))
      for (index, (name, item)) in members.sorted(by: { $0.key < $1.key }).enumerated() {
        if index > 0 { bytes.append(UInt8(ascii: ",")) }
        Self.quote(name, &bytes)
        bytes.append(UInt8(ascii: ":"))
        jsonValue(LogRedaction.isSecret(name) ? .string(LogRedaction.replacement) : item, depth: depth + 1, &bytes)
      }
      bytes.append(UInt8(ascii: "}"))
    default: Self.quote(LogRedaction.masked("\(value)"), &bytes)
    }
  }

  /// A JSON string: quotes, backslashes and control characters escaped.
  static func quote(_ text: String, _ bytes: inout [UInt8]) {
    bytes.append(UInt8(ascii: "\""))
    escape(text, &bytes)
    bytes.append(UInt8(ascii: "\""))
  }

  private static func escape(_ text: String, _ bytes: inout [UInt8]) {
    var count = 0
    for scalar in text.unicodeScalars {
      count += UTF8.width(scalar)
      guard count <= maximumTextBytes else {
        bytes += "… (cut)".utf8
        return
      }
      switch scalar {
      case "\"": bytes += "\\\"".utf8
      case "\\": bytes += "\\\\".utf8
      case "\n": bytes += "\\n".utf8
      case "\r": bytes += "\\r".utf8
      case "\t": bytes += "\\t".utf8
      default:
        // C0, DEL, C1, and the line and paragraph separators: terminals and log readers act on them.
        if scalar.value < 0x20 || (0x7f...0x9f).contains(scalar.value) || (0x2028...0x2029).contains(scalar.value) {
          let digits = String(scalar.value, radix: 16)
          bytes += "\\u\(String(repeating: "0", count: 4 - digits.utf8.count))\(digits)".utf8
        } else {
          bytes += UTF8.encode(scalar).map { Array($0) } ?? []
        }
      }
    }
  }

  // MARK: For people

  private func text(_ record: LogRecord, _ bytes: inout [UInt8]) {
    record.time.append(to: &bytes)
    let level = record.level.rawValue.uppercased()
    bytes += " \(level)\(String(repeating: " ", count: max(0, 8 - level.utf8.count)))".utf8
    bytes += "\(record.label): ".utf8
    Self.escape(LogRedaction.masked(record.message), &bytes)
    var fields = record.fields
    if let id = record.requestID { fields.append(("request_id", .string(id))) }
    for (name, value) in fields {
      bytes.append(UInt8(ascii: " "))
      Self.escape(name, &bytes)
      bytes.append(UInt8(ascii: "="))
      let text = LogRedaction.isSecret(name) ? LogRedaction.replacement : LogRedaction.masked("\(value)")
      if text.isEmpty || text.utf8.contains(where: { $0 <= 0x20 || $0 == UInt8(ascii: "\"") }) {
        Self.quote(text, &bytes)
      } else {
        Self.escape(text, &bytes)
      }
    }
  }
}
