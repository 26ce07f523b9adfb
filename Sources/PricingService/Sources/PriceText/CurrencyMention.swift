/// A place where a text names money: `₺`, `TL`, `US$`, `EUR`.
struct CurrencyMention: Sendable, Hashable {
  /// As written.
  var text: String
  /// Where, in scalars of the text.
  var range: Range<Int>
  /// What it may mean, as ISO 4217 codes; empty for money that has no code of its own (the toman is ten rials).
  var candidates: [String]
  /// Three letters that say it outright.
  var isCode: Bool

  /// All mentions in `scalars`, in order, none overlapping; the longest reading at each place.
  static func all(in scalars: [Unicode.Scalar]) -> [CurrencyMention] {
    var found: [CurrencyMention] = []
    var index = 0
    while index < scalars.count {
      if let mention = at(index, in: scalars) {
        found.append(mention)
        index = mention.range.upperBound
      } else {
        index += 1
      }
    }
    return found
  }

  private static func at(_ start: Int, in scalars: [Unicode.Scalar]) -> CurrencyMention? {
    let isLetter = scalars[start].properties.isAlphabetic
    if isLetter, start > 0, scalars[start - 1].properties.isAlphabetic { return nil }
    if let code = code(at: start, in: scalars) { return code }
    let longest = min(CurrencyWords.longest, scalars.count - start)
    var text = String.UnicodeScalarView()
    var best: CurrencyMention?
    for offset in 0..<longest {
      text.append(scalars[start + offset])
      let end = start + offset + 1
      let written = String(text)
      guard let candidates = CurrencyWords.candidates(written) else { continue }
      // A word ends where its letters end; a sign may be followed by anything.
      let endsInLetter = scalars[end - 1].properties.isAlphabetic
      if endsInLetter, end < scalars.count, scalars[end].properties.isAlphabetic { continue }
      best = CurrencyMention(text: written, range: start..<end, candidates: candidates, isCode: false)
    }
    return best
  }

  /// Three capitals that stand alone, or next to digits and signs.
  private static func code(at start: Int, in scalars: [Unicode.Scalar]) -> CurrencyMention? {
    let end = start + 3
    guard end <= scalars.count, scalars[start..<end].allSatisfy({ ("A"..."Z").contains($0) }) else { return nil }
    if end < scalars.count, scalars[end].properties.isAlphabetic { return nil }
    // `CUC$` and `MOP$` are one mention.
    let isSigned = end < scalars.count && scalars[end] == "$"
    var text = String.UnicodeScalarView()
    text.append(contentsOf: scalars[start..<end])
    let code = String(text)
    guard Currency(code) != nil else { return nil }
    return CurrencyMention(
      text: isSigned ? code + "$" : code, range: start..<(isSigned ? end + 1 : end), candidates: [code], isCode: true)
  }
}
