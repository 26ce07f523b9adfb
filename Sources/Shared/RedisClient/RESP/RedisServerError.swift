/// An error reply: `-KIND text`.
package struct RedisServerError: Hashable, Sendable, CustomStringConvertible {
  /// The whole line without the leading `-`. It may quote keys or values: do not log it.
  package let message: String

  package init(message: String) {
    self.message = message
  }

  /// The kind alone; safe to log.
  package var description: String { kind }

  /// The first word when it is an error kind (capitals, as in `WRONGTYPE`), else `ERR`; safe to log.
  package var kind: String {
    let word = message.utf8.prefix { $0 != UInt8(ascii: " ") }
    // A kind is at most a short word of capitals; anything else may be data.
    guard !word.isEmpty, word.count <= 20, word.allSatisfy({ (65...90).contains($0) || $0 == UInt8(ascii: "_") })
    else { return "ERR" }
    return String(decoding: word, as: UTF8.self)
  }
}
