/// The names and values of a query or form (`a=1&b=%C5%9F`).
struct QueryText: Sendable {
  /// The last value of a name counts.
  let values: [String: String]

  init(_ text: some StringProtocol) {
    var values: [String: String] = [:]
    for pair in text.split(separator: "&").prefix(200) {
      let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      values[Self.decoded(parts[0])] = parts.count == 2 ? Self.decoded(parts[1]) : ""
    }
    self.values = values
  }

  subscript(_ name: String) -> String? { values[name] }

  static func decoded(_ text: some StringProtocol) -> String {
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "+") {
        bytes.append(0x20)
      } else if byte == UInt8(ascii: "%"), rest.count >= 2,
        let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
      {
        bytes.append(value)
        rest = rest.dropFirst(2)
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
