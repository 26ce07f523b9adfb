/// A thing described with schema.org's words, from JSON-LD or microdata alike.
struct StructuredItem: Sendable, Hashable {
  /// Without their namespace: `Product`.
  var types: [String] = []
  /// `@id` or `itemid`.
  var id: String?
  /// By name without namespace.
  var properties: [String: [StructuredValue]] = [:]

  func isA(_ names: String...) -> Bool { types.contains { names.contains($0) } }

  /// All values of a property.
  subscript(_ name: String) -> [StructuredValue] { properties[name] ?? [] }

  /// The first of a property's values that is a text or number and not blank.
  func text(_ names: String...) -> String? {
    for name in names {
      for value in self[name] {
        if let text = value.text, !text.allSatisfy(\.isWhitespace) { return text }
      }
    }
    return nil
  }

  /// The things among a property's values.
  func items(_ name: String) -> [StructuredItem] {
    self[name].compactMap { value -> StructuredItem? in
      guard case .item(let item) = value else { return nil }
      return item
    }
  }

  mutating func append(_ value: StructuredValue, to name: String) { properties[name, default: []].append(value) }

  /// A name without schema.org's namespace in any of its forms.
  static func localName(_ name: String) -> String {
    var rest = Substring(name)
    for prefix in ["https://", "http://"] where rest.hasPrefix(prefix) { rest = rest.dropFirst(prefix.count) }
    if rest.hasPrefix("www.") { rest = rest.dropFirst(4) }
    for prefix in ["schema.org/", "schema:"] where rest.hasPrefix(prefix) { rest = rest.dropFirst(prefix.count) }
    return String(rest)
  }
}

/// A property's value.
enum StructuredValue: Sendable, Hashable {
  /// Written for programs: JSON strings, `content` attributes. A price has a point and no groups, if the shop keeps to
  /// the rules.
  case text(String)
  /// A JSON number, as written.
  case number(String)
  /// Written for people: the text of an element.
  case shown(String)
  indirect case item(StructuredItem)

  var text: String? {
    switch self {
    case .text(let text), .number(let text), .shown(let text): text
    case .item: nil
    }
  }
}
