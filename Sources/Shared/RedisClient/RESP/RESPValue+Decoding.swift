package import NIOCore

/// Each helper throws `RedisError` with `.unexpectedReply` when the reply has another type, or `.server` when it is
/// an error reply.
extension RESPValue {
  /// The type's name; safe to log.
  package var typeName: String {
    switch self {
    case .status: "status"
    case .bulk: "string"
    case .integer: "integer"
    case .array: "array"
    case .null: "null"
    case .error: "error"
    }
  }

  private func mismatch(_ wanted: String) -> RedisError {
    if case .error(let error) = self { return RedisError(error) }
    return RedisError(.unexpectedReply, "expected \(wanted), got \(typeName)")
  }

  /// The bytes of a string or status.
  package func bytes() throws -> ByteBuffer {
    switch self {
    case .bulk(let bytes): return bytes
    case .status(let text): return ByteBuffer(string: text)
    default: throw mismatch("a string")
    }
  }

  /// The bytes of a string, or nil for null.
  package func optionalBytes() throws -> ByteBuffer? {
    if case .null = self { return nil }
    return try bytes()
  }

  /// A string or status as UTF-8; bytes that are not UTF-8 are refused, not repaired.
  package func string() throws -> String {
    if case .status(let text) = self { return text }
    let bytes = try bytes()
    guard let text = String(validating: bytes.readableBytesView, as: UTF8.self) else {
      throw RedisError(.unexpectedReply, "the string is not UTF-8; read it as bytes")
    }
    return text
  }

  /// A string as UTF-8, or nil for null.
  package func optionalString() throws -> String? {
    if case .null = self { return nil }
    return try string()
  }

  /// An integer reply, or a string that is a decimal integer.
  package func integer() throws -> Int64 {
    switch self {
    case .integer(let value):
      return value
    case .bulk, .status:
      guard let value = Int64(try string()) else { throw RedisError(.unexpectedReply, "the string is no integer") }
      return value
    default:
      throw mismatch("an integer")
    }
  }

  /// A floating-point number: RESP2 sends it as a string.
  package func double() throws -> Double {
    if case .integer(let value) = self { return Double(value) }
    guard let value = Double(try string()) else { throw RedisError(.unexpectedReply, "the string is no number") }
    return value
  }

  /// An integer reply read as a flag: anything but 0 is true.
  package func bool() throws -> Bool {
    try integer() != 0
  }

  /// The elements of an array; null is an empty array.
  package func array() throws -> [RESPValue] {
    switch self {
    case .array(let values): return values
    case .null: return []
    default: throw mismatch("an array")
    }
  }

  /// An array of strings.
  package func strings() throws -> [String] {
    try array().map { try $0.string() }
  }

  /// A flat array of names and values, as HGETALL or ZRANGE WITHSCORES give it, in the server's order.
  package func pairs() throws -> [(RESPValue, RESPValue)] {
    let flat = try array()
    guard flat.count.isMultiple(of: 2) else {
      throw RedisError(.unexpectedReply, "an array of pairs has an odd number of elements")
    }
    return stride(from: 0, to: flat.count, by: 2).map { (flat[$0], flat[$0 + 1]) }
  }

  /// Requires the status `OK`.
  package func ok() throws {
    guard case .status("OK") = self else { throw mismatch("OK") }
  }
}
