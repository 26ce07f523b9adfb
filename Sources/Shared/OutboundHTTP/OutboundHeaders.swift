/// Header fields in the order in which they stand on the wire; names compare without regard to case (RFC 9110 §5.1).
package struct OutboundHeaders: Sendable, ExpressibleByDictionaryLiteral {
  /// Names as they were written; received ones are in lower case.
  package private(set) var fields: [(name: String, value: String)] = []

  package init() {}

  package init(dictionaryLiteral elements: (String, String)...) {
    for (name, value) in elements { append(name, value) }
  }

  package var isEmpty: Bool { fields.isEmpty }

  package mutating func append(_ name: String, _ value: String) { fields.append((name, value)) }

  /// Sets a field; all others of its name go.
  package mutating func set(_ name: String, _ value: String) {
    remove(name)
    append(name, value)
  }

  package mutating func remove(_ name: String) {
    fields.removeAll { Self.isEqual($0.name, name) }
  }

  /// The first value of a field.
  package subscript(_ name: String) -> String? {
    fields.first { Self.isEqual($0.name, name) }?.value
  }

  /// All values of a field.
  package func values(_ name: String) -> [String] {
    fields.filter { Self.isEqual($0.name, name) }.map(\.value)
  }

  package func contains(_ name: String) -> Bool { self[name] != nil }

  private static func isEqual(_ first: String, _ second: String) -> Bool {
    first.utf8.count == second.utf8.count && first.lowercased() == second.lowercased()
  }
}
