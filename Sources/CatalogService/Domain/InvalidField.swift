/// An input that breaks a rule: which field, and what was expected of it.
struct InvalidField: Error, Hashable, Sendable, CustomStringConvertible {
  let field: String
  let expected: String

  init(_ field: String, _ expected: String) {
    self.field = field
    self.expected = expected
  }

  var description: String { "\(field): expected \(expected)" }
}
