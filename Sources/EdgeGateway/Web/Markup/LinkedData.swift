internal import ProtobufBridge

/// Data for search engines (JSON-LD, schema.org) as an element of a page. A data block is not run, so no policy forbids it;
/// and nothing in it can end it: `<`, `>` and `&` are written as escapes.
struct LinkedData {
  private var json = JSONWriter()
  private var isInside = false

  mutating func object(_ type: String, _ members: (inout LinkedData) -> Void) {
    json.beginObject()
    if !isInside { member("@context", "https://schema.org") }
    isInside = true
    member("@type", type)
    members(&self)
    json.endObject()
  }

  mutating func member(_ name: String, _ value: String?) {
    guard let value, !value.isEmpty else { return }
    json.name(name)
    json.string(value)
  }

  mutating func member(_ name: String, _ number: Int) {
    json.name(name)
    json.integer(number)
  }

  mutating func member(_ name: String, _ type: String, _ members: (inout LinkedData) -> Void) {
    json.name(name)
    object(type, members)
  }

  mutating func list(_ name: String, _ fill: (inout LinkedData) -> Void) {
    json.name(name)
    json.beginArray()
    fill(&self)
    json.endArray()
  }

  var element: HTML {
    "<script type=\"application/ld+json\">\(HTML(trusted: Self.escaped(json.bytes)))</script>\n"
  }

  /// In JSON these three stand in strings alone.
  static func escaped(_ json: [UInt8]) -> [UInt8] {
    var escaped: [UInt8] = []
    escaped.reserveCapacity(json.count)
    for byte in json {
      switch byte {
      case UInt8(ascii: "<"): escaped.append(contentsOf: #"\u003c"#.utf8)
      case UInt8(ascii: ">"): escaped.append(contentsOf: #"\u003e"#.utf8)
      case UInt8(ascii: "&"): escaped.append(contentsOf: #"\u0026"#.utf8)
      default: escaped.append(byte)
      }
    }
    return escaped
  }
}
