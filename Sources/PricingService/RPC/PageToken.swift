internal import MeshMessages
package import MeshRPC

/// Where the next part of a list begins, as an opaque text that belongs to one filter and order.
package struct PageToken: Hashable, Sendable {
  package var value: Int64
  package var id: Int64

  package init(value: Int64, id: Int64) {
    self.value = value
    self.id = id
  }

  /// The text for a list with this fingerprint.
  package func text(for fingerprint: UInt64) -> String {
    [UInt64(bitPattern: value), UInt64(bitPattern: id), fingerprint].map { String($0, radix: 36) }
      .joined(separator: ".")
  }

  /// Reads a token; nil for the first part.
  /// - Throws: `RPCError` INVALID_ARGUMENT for a text that is none, or one of another list.
  package init?(_ text: String, for fingerprint: UInt64) throws(RPCError) {
    guard !text.isEmpty else { return nil }
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard text.utf8.count <= 64, parts.count == 3, let value = UInt64(parts[0], radix: 36),
      let id = UInt64(parts[1], radix: 36), let given = UInt64(parts[2], radix: 36)
    else { throw .invalid("page.token", "what an answer gave as next_page_token") }
    guard given == fingerprint else {
      throw .invalid("page.token", "a token of the same filter and order")
    }
    self.init(value: Int64(bitPattern: value), id: Int64(bitPattern: id))
  }

  /// A number for what a list depends on (FNV-1a), the same in every process.
  package static func fingerprint(_ parts: String...) -> UInt64 {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for part in parts {
      for byte in Array(part.utf8) + [0xFF] { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    }
    return hash
  }
}

extension CommonV1.Page {
  /// How many items a part has.
  /// - Throws: `RPCError` INVALID_ARGUMENT above 200.
  func checkedSize() throws(RPCError) -> Int {
    guard size <= 200 else { throw .invalid("page.size", "1 to 200, or 0 for 20") }
    return size == 0 ? 20 : Int(size)
  }
}

extension RPCError {
  /// INVALID_ARGUMENT that names the field and what was expected.
  package static func invalid(_ field: String, _ expected: String) -> RPCError {
    RPCError(code: .invalidArgument, message: "\(field): expected \(expected)")
  }

  package static func notFound(_ what: String) -> RPCError {
    RPCError(code: .notFound, message: what)
  }
}
