/// `OTEL_EXPORTER_OTLP_HEADERS`: `name=value,name=value`, values percent-encoded
/// (opentelemetry.io/docs/specs/otel/protocol/exporter).
package enum OTLPHeaders {
  /// Nil when it is not that, or a field has a name or value that no header has.
  package static func read(_ text: String) -> [(name: String, value: String)]? {
    var headers: [(name: String, value: String)] = []
    for entry in text.split(separator: ",") {
      let entry = trimmed(entry)
      guard !entry.isEmpty else { continue }
      guard let equals = entry.firstIndex(of: "=") else { return nil }
      let name = trimmed(entry[..<equals])
      guard let value = decoded(trimmed(entry[entry.index(after: equals)...])), !name.isEmpty,
        name.utf8.allSatisfy(isName), value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7f })
      else { return nil }
      headers.append((name: name.lowercased(), value: value))
    }
    return headers
  }

  private static func trimmed(_ text: Substring) -> Substring {
    var text = text.drop { $0 == " " || $0 == "\n" }
    while let last = text.last, last == " " || last == "\n" { text.removeLast() }
    return text
  }

  private static func isName(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
      true
    default: false
    }
  }

  private static func decoded(_ text: Substring) -> String? {
    var bytes: [UInt8] = []
    var rest = text.utf8[...]
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "%") else {
        bytes.append(byte)
        continue
      }
      guard rest.count >= 2, let code = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) else {
        return nil
      }
      bytes.append(code)
      rest = rest.dropFirst(2)
    }
    return String(validating: bytes, as: UTF8.self)
  }
}
