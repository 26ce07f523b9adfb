extension NumberToken {
  /// Why a number is not read.
  enum Doubt: Error, Hashable {
    /// What separates the digits makes sense neither as groups nor as decimals: a date, a version.
    case malformed
    /// `1.299` may be a little more than one or more than a thousand, and nothing tells which.
    case ambiguousSeparator
  }

  /// The number.
  ///
  /// A lone separator with three digits behind it is the only real riddle, and it is solved by what is known of the
  /// currency and the locale, in this order:
  /// 1. the caller knows the decimal separator;
  /// 2. the currency has three decimals or none is known: only the locale can tell;
  /// 3. the currency has fewer than three decimals: these are thousands, unless the locale writes decimals so, when
  ///    text and locale contradict each other and there is no answer.
  ///
  /// - Parameters:
  ///   - decimals: of the currency; nil when it is not known.
  ///   - convention: of the locale; nil when it is not known.
  ///   - decimal: what the caller knows to stand before the decimals.
  func value(
    decimals: Int?, convention: NumberConvention?, decimal: Character?
  ) throws(Doubt) -> ExactDecimal {
    if let decimal { return try value(splitAt: separators.lastIndex(of: decimal), decimal) }
    guard let last = separators.last else { return try exact(integer: runs[0], fraction: "") }
    if separators.count == 1 {
      return try loneSeparator(last, decimals: decimals, convention: convention)
    }
    let isLastOnce = separators.count { $0 == last } == 1
    // `1.299,00`: the last kind appears once, behind another kind. A space or an apostrophe never starts decimals.
    if isLastOnce, last == "." || last == "," {
      return try value(splitAt: separators.count - 1, last)
    }
    return try value(splitAt: nil, nil)
  }

  private func loneSeparator(
    _ separator: Character, decimals: Int?, convention: NumberConvention?
  ) throws(Doubt) -> ExactDecimal {
    let (before, after) = (runs[0], runs[1])
    if separator == " " {
      // `Model 12 500 TL` is 500 where nobody groups by spaces.
      if let convention, !convention.groups.contains(" ") { throw .ambiguousSeparator }
      return try exact(integer: before + after, fraction: "")
    }
    if separator == "'" {
      guard after.count == 3, (1...3).contains(before.count) else { throw .malformed }
      return try exact(integer: before + after, fraction: "")
    }
    let couldGroup = after.count == 3 && (1...3).contains(before.count) && before.first != "0"
    guard couldGroup else {
      // Three digits behind a leading point are neither.
      if before.isEmpty, after.count > 2 { throw .ambiguousSeparator }
      return try exact(integer: before, fraction: after)
    }
    let isLocaleDecimal = convention.map { $0.decimal == separator }
    if let decimals, decimals < 3 {
      if isLocaleDecimal == true { throw .ambiguousSeparator }
      return try exact(integer: before + after, fraction: "")
    }
    switch isLocaleDecimal {
    case true: return try exact(integer: before, fraction: after)
    case false where convention?.groups.contains(separator) == true:
      return try exact(integer: before + after, fraction: "")
    default: throw .ambiguousSeparator
    }
  }

  /// The runs before the separator at `place` are the integer, the one behind it the decimals; all others must group
  /// by threes, or as India does (`1,23,456`).
  private func value(splitAt place: Int?, _ decimal: Character?) throws(Doubt) -> ExactDecimal {
    var integer = runs
    var groups = separators
    var fraction = ""
    if let place {
      guard place == separators.count - 1 else { throw .malformed }
      fraction = integer.removeLast()
      groups.removeLast()
    }
    if let first = groups.first {
      guard groups.allSatisfy({ $0 == first }), first != decimal, let last = integer.last, last.count == 3,
        (1...3).contains(integer[0].count)
      else { throw .malformed }
      let middle = integer.dropFirst().dropLast()
      let isByThrees = middle.allSatisfy { $0.count == 3 }
      let isIndian = first == "," && middle.allSatisfy { $0.count == 2 } && integer[0].count <= 2
      guard isByThrees || isIndian else { throw .malformed }
    }
    return try exact(integer: integer.joined(), fraction: fraction)
  }

  private func exact(integer: String, fraction: String) throws(Doubt) -> ExactDecimal {
    guard !(integer.isEmpty && fraction.isEmpty), let value = ExactDecimal(integer: integer, fraction: fraction) else {
      throw .malformed
    }
    return value
  }
}
