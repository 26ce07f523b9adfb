internal import MeshRPC

extension RPCError {
  /// INVALID_ARGUMENT that names the field and what was expected.
  static func field(_ name: String, _ expected: String) -> RPCError {
    RPCError(code: .invalidArgument, message: "\(name): \(expected)")
  }
}

/// Checks that several requests share.
enum RequestCheck {
  static func subscriber(_ text: String, field: String = "subscriber") throws(RPCError) -> String {
    guard (1...100).contains(text.unicodeScalars.count) else {
      throw .field(field, "expected a name of 1 to 100 characters")
    }
    return text
  }

  static func id(_ id: Int64, field: String) throws(RPCError) -> Int64 {
    guard id > 0 else { throw .field(field, "expected a positive id") }
    return id
  }

  static func pageSize(_ size: UInt32) throws(RPCError) -> Int {
    guard size <= 200 else { throw .field("page.size", "expected 1 to 200, or 0 for 20") }
    return size == 0 ? 20 : Int(size)
  }

  /// Where the part before ended; nil for the first part.
  static func pageToken(_ token: String) throws(RPCError) -> Int64? {
    if token.isEmpty { return nil }
    guard token.hasPrefix("b"), let id = Int64(token.dropFirst()), id > 0 else {
      throw .field("page.token", "expected what an earlier answer held, unchanged")
    }
    return id
  }

  static func token(before id: Int64) -> String { "b\(id)" }
}
