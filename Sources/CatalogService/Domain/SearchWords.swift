/// A search's words as the index of words is asked for them, at a bounded cost.
///
/// PostgreSQL collects all products of all words that begin with "gri" before it looks at the others' words, 130 ns for
/// each. So where many products have words that begin so, the most common of these words are named instead, and rarer ones
/// are not looked for: the index then leaps from hit to hit.
struct SearchWords: Hashable, Sendable {
  /// For `to_tsquery`. Words are letters and digits only, and quoted.
  let text: String
  /// Whether so many products may have all of the words that the newest should be looked through first.
  let isBroad: Bool

  /// A beginning that words of more products share stands for the most common of them.
  static let manyProducts: Int64 = 2000
  /// How many of them, at most.
  static let namedWords = 32
  /// A search is broad when each of its words has more products.
  static let broadProducts: Int64 = 8000

  /// - Parameters:
  ///   - words: folded.
  ///   - brand: folded words that all hits must have besides.
  init(_ words: [String], _ match: ProductQuery.Match, _ common: CommonWords, brand: String = "") {
    var parts: [String] = []
    // One word alone finds all that have it.
    let many = words.count == 1 && brand.isEmpty ? CommonWords.minimum : Self.broadProducts
    var isBroad = brand.split(separator: " ").allSatisfy { common.products(having: String($0)) >= many }
    for word in words {
      guard match == .beginnings else {
        parts.append("'\(word)'")
        isBroad = isBroad && common.products(having: word) >= many
        continue
      }
      let begun = common.words(beginningWith: word)
      let products = begun.reduce(0) { $0 + $1.products }
      isBroad = isBroad && max(products, common.products(havingStemOf: word)) >= many
      guard products >= Self.manyProducts else {
        parts.append("'\(word)':*")
        continue
      }
      let named = begun.sorted { ($1.products, $0.text) < ($0.products, $1.text) }.prefix(Self.namedWords).map(\.text)
      parts.append("(" + ([word] + named.filter { $0 != word }).map { "'\($0)'" }.joined(separator: " | ") + ")")
    }
    text = parts.joined(separator: " & ")
    self.isBroad = isBroad
  }
}
