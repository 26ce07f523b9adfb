/// The numbers of a text and the money named beside them: which of them stand as prices.
struct PriceScene {
  let scalars: [Unicode.Scalar]
  let numbers: [NumberToken]
  let mentions: [CurrencyMention]

  /// A number that may be the price.
  struct Candidate {
    var number: NumberToken
    /// What names its money, right before or behind it.
    var mentions: [CurrencyMention]
  }

  /// The numbers that stand beside money, or else the only number there is.
  func candidates() throws(PriceText.Refusal) -> [Candidate] {
    guard !numbers.isEmpty else { throw .noNumber }
    let usable = numbers.filter { isPlain($0) }
    let priced = usable.compactMap { number in
      let beside = beside(number)
      return beside.isEmpty ? nil : Candidate(number: number, mentions: beside)
    }
    if !priced.isEmpty {
      for candidate in priced where isEndOfRange(candidate, among: usable) { throw .severalPrices }
      return priced
    }
    guard let only = usable.first else { throw .notAPrice }
    guard usable.count == 1 else {
      // The same number twice (`125,00 125,00`) is still one price.
      if usable.allSatisfy({ $0.runs == only.runs && $0.separators == only.separators }) {
        return [Candidate(number: only, mentions: [])]
      }
      throw .severalPrices
    }
    return [Candidate(number: only, mentions: [])]
  }

  // MARK: What stands beside a number

  private func beside(_ number: NumberToken) -> [CurrencyMention] {
    mentions.filter { mention in
      if mention.range.upperBound <= number.range.lowerBound {
        return isGap(mention.range.upperBound..<number.range.lowerBound, of: [" ", ":"], atMost: 4)
          && !isTaken(mention, by: number)
      }
      if mention.range.lowerBound >= number.range.upperBound {
        // `45,- Kč`, `1.299,– TL`
        return isGap(number.range.upperBound..<mention.range.lowerBound, of: [" ", ",", ".", "-", "–", "—"], atMost: 4)
          && !isBefore(mention, number)
      }
      return false
    }
  }

  /// `5 € 10`: the sign is glued to the number before it, or nearer to it.
  private func isTaken(_ mention: CurrencyMention, by number: NumberToken) -> Bool {
    guard let previous = numbers.last(where: { $0.range.upperBound <= mention.range.lowerBound }) else { return false }
    let left = mention.range.lowerBound - previous.range.upperBound
    let right = number.range.lowerBound - mention.range.upperBound
    return left <= 1 && left < right
  }

  /// `10 €5`: the sign belongs to the number behind it.
  private func isBefore(_ mention: CurrencyMention, _ number: NumberToken) -> Bool {
    guard let next = numbers.first(where: { $0.range.lowerBound >= mention.range.upperBound }) else { return false }
    let left = mention.range.lowerBound - number.range.upperBound
    let right = next.range.lowerBound - mention.range.upperBound
    return right <= 1 && right < left
  }

  private func isGap(_ range: Range<Int>, of allowed: Set<Character>, atMost limit: Int) -> Bool {
    range.count <= limit && scalars[range].allSatisfy { allowed.contains(NumberToken.character($0)) }
  }

  // MARK: What a price is not

  private func isPlain(_ number: NumberToken) -> Bool {
    let (start, end) = (number.range.lowerBound, number.range.upperBound)
    return !isGlued(start - 1) && !isGlued(end) && !isPercent(start, end) && !isNegative(start)
      && !isUnitPrice(end) && !isInstalment(start) && !isCount(end)
  }

  /// A letter right beside the number that is no money: `MX924`, `32GB`.
  private func isGlued(_ index: Int) -> Bool {
    guard scalars.indices.contains(index), scalars[index].properties.isAlphabetic else { return false }
    return !mentions.contains { $0.range.contains(index) }
  }

  /// `20 %`, and `%20` as Turkish has it.
  private func isPercent(_ start: Int, _ end: Int) -> Bool {
    if start > 0, scalars[start - 1] == "%" { return true }
    let next = skipSpaces(from: end)
    return scalars.indices.contains(next) && (scalars[next] == "%" || scalars[next] == "٪")
      || scalars.indices.contains(end) && scalars[end] == "‰"
  }

  /// A minus right before the number or its sign. With a space between, it is a dash that starts a list.
  private func isNegative(_ start: Int) -> Bool {
    var index = start - 1
    if let mention = mentions.first(where: { $0.range.upperBound == start }) { index = mention.range.lowerBound - 1 }
    guard scalars.indices.contains(index), scalars[index] == "-" || scalars[index] == "−" else { return false }
    // `10-20` is a range.
    return index == 0 || NumberToken.character(scalars[index - 1]) == " "
      || mentions.contains { $0.range.upperBound == index }
  }

  private static let units: Set<String> = [
    "kg", "g", "gr", "gram", "l", "lt", "ml", "cl", "m", "m2", "m²", "cm", "lb", "oz", "kilo", "litre", "liter", "100",
  ]

  /// `12,50 €/kg`: the price of some amount, not of the thing.
  private func isUnitPrice(_ end: Int) -> Bool {
    var index = skipSpaces(from: end)
    if let mention = mentions.first(where: { $0.range.lowerBound == index }) {
      index = skipSpaces(from: mention.range.upperBound)
    }
    guard scalars.indices.contains(index), scalars[index] == "/" else { return false }
    return Self.units.contains(word(from: skipSpaces(from: index + 1)))
  }

  /// `12 x 99,90 TL`: what is paid each month.
  private func isInstalment(_ start: Int) -> Bool {
    var index = start - 1
    if let mention = mentions.first(where: {
      $0.range.upperBound <= start && isGap($0.range.upperBound..<start, of: [" "], atMost: 1)
    }) {
      index = mention.range.lowerBound - 1
    }
    while scalars.indices.contains(index), NumberToken.character(scalars[index]) == " " { index -= 1 }
    guard scalars.indices.contains(index), ["x", "X", "×"].contains(Character(scalars[index])) else { return false }
    index -= 1
    while scalars.indices.contains(index), NumberToken.character(scalars[index]) == " " { index -= 1 }
    return scalars.indices.contains(index) && ("0"..."9").contains(scalars[index])
  }

  /// `12 x 99,90 TL`, `3 taksit`: the number counts something.
  private func isCount(_ end: Int) -> Bool {
    let next = skipSpaces(from: end)
    let word = word(from: next)
    if word == "taksit" || word == "adet" || word == "ay" { return true }
    guard word == "x" || word == "×" else { return false }
    let behind = skipSpaces(from: next + 1)
    return numbers.contains { $0.range.lowerBound == behind } || mentions.contains { $0.range.lowerBound == behind }
  }

  private static let rangeWords: Set<String> = [
    "to", "bis", "à", "a", "až", "до", "ile", "do", "-", "–", "—", "~", "‑",
  ]

  /// `26 to 50 €`: another number is joined to the priced one.
  private func isEndOfRange(_ candidate: Candidate, among usable: [NumberToken]) -> Bool {
    let first = min(candidate.number.range.lowerBound, candidate.mentions.map(\.range.lowerBound).min() ?? .max)
    let last = max(candidate.number.range.upperBound, candidate.mentions.map(\.range.upperBound).max() ?? 0)
    return usable.contains { other in
      if other == candidate.number { return false }
      let gap =
        other.range.upperBound <= first ? other.range.upperBound..<first : last..<max(last, other.range.lowerBound)
      guard other.range.upperBound <= first || other.range.lowerBound >= last, gap.count <= 8 else { return false }
      var text = String.UnicodeScalarView()
      text.append(contentsOf: scalars[gap])
      return Self.rangeWords.contains(String(text).lowercased().split(separator: " ").joined())
    }
  }

  // MARK: Steps

  private func skipSpaces(from start: Int) -> Int {
    var index = start
    while scalars.indices.contains(index), NumberToken.character(scalars[index]) == " " { index += 1 }
    return index
  }

  /// The letters and digits from `start`, lower case, at most 12.
  private func word(from start: Int) -> String {
    var text = String.UnicodeScalarView()
    var index = start
    while scalars.indices.contains(index), text.count < 12,
      scalars[index].properties.isAlphabetic || ("0"..."9").contains(scalars[index]) || scalars[index] == "²"
        || scalars[index] == "×"
    {
      text.append(scalars[index])
      index += 1
    }
    return String(text).lowercased()
  }
}
