/// A place in the tree of categories, from the top down.
struct CategoryPath: Hashable, Sendable {
  /// As people read them: ["Elektronik", "Kulaklık"].
  let names: [String]

  /// The most levels.
  static let maximumDepth = 8
  /// The most characters of one name.
  static let maximumNameLength = 100

  /// The words in a URL: "elektronik/kulaklik".
  var path: String { slugs.joined(separator: "/") }

  /// Of this place and of all above it, from the top down.
  var prefixes: [(path: String, name: String)] {
    let slugs = slugs
    return names.indices.map { (slugs[...$0].joined(separator: "/"), names[$0]) }
  }

  private var slugs: [String] { names.map(Self.slug) }

  /// Reads names separated by '>' or '/'; nil for an empty text.
  /// - Throws: `InvalidField` when it is too deep, or a name is too long or has no letter.
  init?(_ text: String, field: String) throws(InvalidField) {
    let names = text.split { $0 == ">" || $0 == "/" }.map(Self.trimmed).filter { !$0.isEmpty }
    guard !names.isEmpty else { return nil }
    guard names.count <= Self.maximumDepth else {
      throw InvalidField(field, "at most \(Self.maximumDepth) levels")
    }
    for name in names {
      guard name.count <= Self.maximumNameLength else {
        throw InvalidField(field, "names of at most \(Self.maximumNameLength) characters")
      }
      guard !Self.slug(name).isEmpty else { throw InvalidField(field, "names with letters or digits") }
    }
    self.names = names
  }

  static func slug(_ name: String) -> String { TurkishText.folded(name).split(separator: " ").joined(separator: "-") }

  private static func trimmed(_ text: Substring) -> String {
    let start = text.drop { $0.isWhitespace }
    guard let end = start.lastIndex(where: { !$0.isWhitespace }) else { return "" }
    return String(start[...end])
  }
}
