/// What is wrong with a service config, and where.
package struct ServiceConfigError: Error, Sendable, Hashable {
  /// The kind of flaw. Open: later versions may add others.
  package struct Code: RawRepresentable, Sendable, Hashable {
    package var rawValue: String

    package init(rawValue: String) { self.rawValue = rawValue }

    /// The text is not JSON.
    package static let malformedJSON = Code(rawValue: "malformedJSON")
    /// A required field is missing.
    package static let missingField = Code(rawValue: "missingField")
    /// A field has a value of the wrong type or out of range.
    package static let invalidValue = Code(rawValue: "invalidValue")
    /// Two method configs have the same name.
    package static let duplicateName = Code(rawValue: "duplicateName")
  }

  package let code: Code

  /// The field's place, such as `methodConfig[0].retryPolicy.maxAttempts`; empty for the whole.
  package let field: String

  /// What the field must be.
  package let message: String

  package init(_ code: Code, field: String, message: String) {
    self.code = code
    self.field = field
    self.message = message
  }
}

extension ServiceConfigError: CustomStringConvertible {
  /// The place and the rule; no values.
  package var description: String {
    field.isEmpty ? "service config: \(message)" : "service config: \(field) \(message)"
  }
}
