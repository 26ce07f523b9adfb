/// A number as it stands in a text: runs of digits and what separates them.
struct NumberToken: Sendable, Hashable {
  /// In scalars of the text.
  var range: Range<Int>
  /// The digits of each run, as ASCII. The first run is empty when a separator leads (`.75`).
  var runs: [String]
  /// Between the runs; one fewer than they are. Kinds of spaces are " ", kinds of apostrophes "'"; a space behind a
  /// separator (`118, 99`) is left out.
  var separators: [Character]

  /// All numbers in `scalars`, in order.
  ///
  /// - Parameter decimal: what the caller knows to stand before the decimals, if it does; it may be `€` (`12€50`).
  static func all(in scalars: [Unicode.Scalar], decimal: Character?) -> [NumberToken] {
    var scanner = Scanner(scalars: scalars, decimal: decimal)
    var found: [NumberToken] = []
    while let token = scanner.next() { found.append(token) }
    return found
  }

  private struct Scanner {
    let scalars: [Unicode.Scalar]
    let decimal: Character?
    var index = 0

    mutating func next() -> NumberToken? {
      while index < scalars.count {
        if digit(index) != nil { return token(from: index) }
        if isPoint(index), digit(index + 1) != nil { return leadingPoint() }
        index += 1
      }
      return nil
    }

    private mutating func leadingPoint() -> NumberToken {
      // All points in front belong to the number, so that `$..75` is seen to be odd.
      var start = index
      while start > 0, isPoint(start - 1) { start -= 1 }
      let points = scalars[start...index].map { NumberToken.character($0) }
      index += 1
      var token = token(from: index)
      token.range = start..<token.range.upperBound
      token.runs.insert(contentsOf: points.map { _ in "" }, at: 0)
      token.separators.insert(contentsOf: points, at: 0)
      return token
    }

    private mutating func token(from start: Int) -> NumberToken {
      index = start
      var runs = [run()]
      var separators: [Character] = []
      while let separator = separator(after: runs, separators) {
        separators.append(separator)
        runs.append(run())
      }
      return NumberToken(range: start..<index, runs: runs, separators: separators)
    }

    private mutating func run() -> String {
      var digits = ""
      while let digit = digit(index) {
        digits.append(digit)
        index += 1
      }
      return digits
    }

    /// Steps over what continues the number, if it is continued.
    private mutating func separator(after runs: [String], _ separators: [Character]) -> Character? {
      guard index < scalars.count else { return nil }
      let character = NumberToken.character(scalars[index])
      switch character {
      case ".", ",", "'":
        if digit(index + 1) != nil {
          index += 1
          return character
        }
        // `118, 99 TL`: two digits and no more behind one space.
        if character != "'", !separators.contains(character), isSpace(index + 1), digitCount(index + 2) == 2,
          !isPoint(index + 4)
        {
          index += 2
          return character
        }
        return nil
      case " ":
        // A space groups digits when three follow, and all before them are grouped so.
        guard digitCount(index + 1) == 3, separators.allSatisfy({ $0 == " " }),
          runs.dropFirst().allSatisfy({ $0.count == 3 }),
          (1...3).contains(runs[0].count), runs[0].first != "0"
        else { return nil }
        index += 1
        return " "
      default:
        // `12€50`, where the caller knows that it is written so.
        guard character == decimal, digit(index + 1) != nil, !separators.contains(character) else { return nil }
        index += 1
        return character
      }
    }

    private func digit(_ index: Int) -> Character? {
      guard scalars.indices.contains(index) else { return nil }
      switch scalars[index].value {
      case 0x30...0x39: return Character(scalars[index])
      // Arabic-Indic, their eastern forms, full-width.
      case 0x660...0x669: return NumberToken.ascii(scalars[index].value - 0x660)
      case 0x6f0...0x6f9: return NumberToken.ascii(scalars[index].value - 0x6f0)
      case 0xff10...0xff19: return NumberToken.ascii(scalars[index].value - 0xff10)
      default: return nil
      }
    }

    private func digitCount(_ start: Int) -> Int {
      var end = start
      while digit(end) != nil { end += 1 }
      return end - start
    }

    private func isPoint(_ index: Int) -> Bool {
      guard scalars.indices.contains(index) else { return false }
      let character = NumberToken.character(scalars[index])
      return character == "." || character == ","
    }

    private func isSpace(_ index: Int) -> Bool {
      scalars.indices.contains(index) && NumberToken.character(scalars[index]) == " "
    }
  }

  private static func ascii(_ digit: UInt32) -> Character {
    Character(Unicode.Scalar(UInt8(truncatingIfNeeded: 0x30 + digit)))
  }

  /// A scalar with its look-alikes made one: spaces, apostrophes, the Arabic separators.
  static func character(_ scalar: Unicode.Scalar) -> Character {
    switch scalar.value {
    case 0x20, 0xa0, 0x2007, 0x2009, 0x202f, 0x09, 0x0a, 0x0d: " "
    case 0x27, 0x2019, 0x2bc, 0x60, 0xb4, 0x2018: "'"
    case 0x66b: "."
    case 0x66c, 0x60c: ","
    case 0xff0e: "."
    case 0xff0c: ","
    default: Character(scalar)
    }
  }
}
