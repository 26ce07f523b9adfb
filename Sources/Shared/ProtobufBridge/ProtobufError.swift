/// Why a message could not be encoded or decoded.
///
/// `description` names types, fields and positions, never a field's value, so it is safe to log and to send to the peer.
@usableFromInline
package struct ProtobufError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The kind of failure. Open: later versions may add codes.
  package struct Code: Sendable, Hashable, CustomStringConvertible {
    package let description: String

    private init(_ description: String) { self.description = description }

    /// The bytes are not a message: truncated, over-long or inconsistent.
    package static let malformedWire = Code("malformedWire")
    /// A size, depth, count or memory limit would be passed.
    package static let limitExceeded = Code("limitExceeded")
    /// A string is not UTF-8, or holds a NUL, which the C library would take for its end.
    package static let invalidString = Code("invalidString")
    /// The text is not JSON (RFC 8259).
    package static let malformedJSON = Code("malformedJSON")
    /// The JSON is well formed, but this value does not fit its field.
    package static let invalidValue = Code("invalidValue")
    /// JSON names a field that the message does not have.
    package static let unknownField = Code("unknownField")
    /// JSON gives a field, or two members of one oneof, twice.
    package static let duplicateField = Code("duplicateField")
    /// The C library refused what the checks before it had let pass, or memory ran out.
    package static let codecFailure = Code("codecFailure")
  }

  package let code: Code

  /// What is wrong and what was expected.
  package let message: String

  /// The field, from the outermost message inward, as in `items[3].price`; empty for the message itself.
  package private(set) var path: String

  package init(_ code: Code, _ message: String, path: String = "") {
    self.code = code
    self.message = message
    self.path = path
  }

  @usableFromInline
  package var description: String { path.isEmpty ? message : "\(path): \(message)" }

  /// The same failure seen from the enclosing message.
  @usableFromInline
  package func inside(_ component: String) -> ProtobufError {
    var error = self
    error.path = path.isEmpty ? component : path.hasPrefix("[") ? component + path : component + "." + path
    return error
  }

  /// The same failure seen from the field of which the value was element `index`.
  @usableFromInline
  package func inside(element index: Int) -> ProtobufError { inside("[\(index)]") }
}
