internal import HTTPTypes

/// A request's query, each name once.
package struct QueryItems: Sendable, Equatable {
  /// The most bytes of a query.
  static let maximumBytes = 8192
  /// The most parameters in it.
  static let maximumCount = 64

  private var items: [String: String] = [:]
  /// In the order in which they were given.
  package private(set) var names: [String] = []

  package init() {}

  /// Reads what stands behind the question mark.
  ///
  /// - Throws: `Problem` 414 for too much, 400 that names a parameter which is malformed or given twice.
  package init(_ text: Substring) throws {
    guard text.utf8.count <= Self.maximumBytes else {
      throw Problem(.uriTooLong, .queryTooLong, "the query has more than \(Self.maximumBytes) bytes")
    }
    for part in text.utf8.split(separator: UInt8(ascii: "&")) {
      let pair = part.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
      guard let name = PercentEncoding.decode(Substring(pair[0]), plusIsSpace: true), !name.isEmpty else {
        throw Problem(
          .badRequest, .invalidParameter, "the query has a parameter whose name is not percent-encoded UTF-8")
      }
      guard let value = PercentEncoding.decode(pair.count == 2 ? Substring(pair[1]) : "", plusIsSpace: true) else {
        throw Problem.invalid(Self.shown(name), "is not percent-encoded UTF-8")
      }
      guard items.updateValue(value, forKey: name) == nil else {
        throw Problem.invalid(Self.shown(name), "is given twice")
      }
      names.append(name)
      guard names.count <= Self.maximumCount else {
        throw Problem(.badRequest, .invalidRequest, "the query has more than \(Self.maximumCount) parameters")
      }
    }
  }

  /// Leaves out what is not wanted.
  mutating func keep(_ isWanted: (_ name: String, _ value: String) -> Bool) {
    items = items.filter { isWanted($0.key, $0.value) }
    names.removeAll { items[$0] == nil }
  }

  package subscript(_ name: String) -> String? { items[name] }

  /// A name that a stranger chose, fit to be shown: at most so many characters, none of them a control character.
  static func shown(_ name: String, limit: Int = 64) -> String {
    String(
      name.prefix(limit).map { character in
        character.unicodeScalars.contains { $0.value < 0x20 || (0x7f...0x9f).contains($0.value) } ? "?" : character
      })
  }
}
