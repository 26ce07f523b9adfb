/// The words that many products have, with about how many: what a search for them costs is known before it is made.
struct CommonWords: Hashable, Sendable {
  struct Word: Hashable, Sendable {
    /// As the index of words has it: folded, or a Turkish stem.
    var text: String
    /// Products that have it, about.
    var products: Int64
  }

  /// What fewer products have is not common.
  static let minimum: Int64 = 1000

  /// By text.
  private let words: [Word]
  /// Most products by the beginnings that stems share with their words.
  private let stems: [String: Int64]

  /// A stem tells words apart by all but its last letter, which it softens or hardens (kitap, kitabı), if that is not too
  /// short.
  private static let shortestStem = 3

  /// - Parameter words: in any order, each once. Rare ones, and those that are more than letters and digits, are left out.
  init(_ words: [Word] = []) {
    self.words =
      words.filter { word in
        word.products >= Self.minimum && !word.text.isEmpty
          && word.text.unicodeScalars.allSatisfy { $0.properties.isAlphabetic || $0.properties.numericType != nil }
      }.sorted { $0.text < $1.text }
    stems = Dictionary(
      self.words.map { (String(TurkishText.folded($0.text).dropLast()), $0.products) }
        .filter { $0.0.count >= Self.shortestStem }, uniquingKeysWith: max)
  }

  /// How many products have a word as it is typed, about; 0 for few.
  /// - Parameter word: folded.
  func products(having word: String) -> Int64 {
    let place = place(of: word)
    return place < words.endIndex && words[place].text == word ? words[place].products : 0
  }

  /// How many products may have a word's stem, at most about; 0 for few.
  /// - Parameter word: folded.
  func products(havingStemOf word: String) -> Int64 {
    var most: Int64 = 0
    var beginning = word
    while beginning.count >= Self.shortestStem {
      most = max(most, stems[beginning] ?? 0)
      beginning.removeLast()
    }
    return most
  }

  /// Those that begin with a word, itself included if it is one of them.
  func words(beginningWith word: String) -> ArraySlice<Word> {
    let start = place(of: word)
    return words[start...].prefix { $0.text.hasPrefix(word) }
  }

  /// Of the first word that is not less.
  private func place(of text: String) -> Int {
    var (low, high) = (words.startIndex, words.endIndex)
    while low < high {
      let middle = (low + high) / 2
      if words[middle].text < text { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
