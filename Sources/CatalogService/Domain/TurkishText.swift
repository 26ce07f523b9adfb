/// Text as people type it, made comparable: for Turkish first, for other Latin alphabets too.
///
/// Turkish has two letters i. Ordinary lower-casing turns "IŞIK" into "işik", which is another word; and people type
/// "kulaklik" for "Kulaklık". So two forms are kept: the lower-cased one, which is right Turkish, and the folded one, in
/// which all that differs only by such marks is equal.
enum TurkishText {
  /// Lower case by Turkish rules: I is ı, İ is i.
  static func lowercased(_ text: String) -> String {
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      switch scalar {
      case "I": result.append("ı")
      case "İ": result.append("i")
      default: result.append(contentsOf: scalar.properties.lowercaseMapping.unicodeScalars)
      }
    }
    return String(result)
  }

  /// Letters without marks and in lower case, digits, and one space between words; everything else separates words.
  static func folded(_ text: String) -> String {
    var result = String.UnicodeScalarView()
    var separates = false
    for scalar in text.unicodeScalars {
      if isMark(scalar) { continue }
      guard scalar.properties.isAlphabetic || scalar.properties.numericType != nil else {
        separates = true
        continue
      }
      if separates, !result.isEmpty { result.append(" ") }
      separates = false
      if let base = bases[scalar] {
        result.append(contentsOf: base.unicodeScalars)
      } else {
        for lower in scalar.properties.lowercaseMapping.unicodeScalars where !isMark(lower) {
          result.append(contentsOf: bases[lower]?.unicodeScalars ?? String(lower).unicodeScalars)
        }
      }
    }
    return String(result)
  }

  /// The words of `folded`, at most `limit`.
  static func words(_ text: String, limit: Int) -> [String] {
    folded(text).split(separator: " ").prefix(limit).map(String.init)
  }

  /// Combining marks: U+0300 to U+036F, and the soft hyphen and joiners that web pages hide in words.
  private static func isMark(_ scalar: Unicode.Scalar) -> Bool {
    (0x300...0x36F).contains(scalar.value) || scalar.value == 0xAD || (0x200B...0x200D).contains(scalar.value)
  }

  private static let bases: [Unicode.Scalar: String] = {
    let groups = [
      "a": "àáâãäåāăąǎ", "ae": "æ", "c": "çćĉċč", "d": "ďđð", "e": "èéêëēĕėęě", "g": "ĝğġģǧ", "h": "ĥħ",
      "i": "ìíîïĩīĭįıİI", "j": "ĵ", "k": "ķ", "l": "ĺļľł", "n": "ñńņňŋ", "o": "òóôõöøōŏőǒ", "oe": "œ", "r": "ŕŗř",
      "s": "śŝşšș", "ss": "ß", "t": "ţťŧț", "th": "þ", "u": "ùúûüũūŭůűųǔ", "w": "ŵ", "y": "ýÿŷ", "z": "źżž",
    ]
    var table: [Unicode.Scalar: String] = [:]
    for (base, letters) in groups {
      for letter in letters.unicodeScalars { table[letter] = base }
    }
    return table
  }()
}
