internal import MeshMessages
internal import ProtobufBridge

extension Parameter where Value == GoogleProtobuf.Timestamp {
  /// A moment as RFC 3339 has it.
  static func time(_ name: String, _ help: String) -> Parameter {
    Parameter(
      name, in: .query, isRequired: false, .dateTime, help, expected: "a time such as 2026-05-01T12:00:00Z",
      parse: { text in
        guard text.utf8.count <= 40 else { return nil }
        var json = JSONWriter()
        json.string(text)
        return try? GoogleProtobuf.Timestamp(json: json.bytes)
      }
    ).example("2026-05-01T12:00:00Z")
  }
}

extension Parameter where Value == String {
  /// A decimal amount of money; which decimals it may have depends on the currency.
  static func amount(_ name: String, _ help: String) -> Parameter {
    Parameter(
      name, in: .query, isRequired: false, .amount, help, expected: "a decimal amount such as 1299.00",
      parse: { text in
        let isDecimal = text.utf8.allSatisfy { (0x30...0x39).contains($0) || $0 == UInt8(ascii: ".") }
        return isDecimal && (1...20).contains(text.utf8.count) ? text : nil
      }
    ).example("1299.00")
  }
}
