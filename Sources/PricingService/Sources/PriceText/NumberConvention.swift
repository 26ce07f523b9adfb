/// How a locale writes numbers: what stands before the decimals, and what groups the digits before them.
struct NumberConvention: Sendable, Hashable {
  var decimal: Character
  /// Those in use; the space stands for no-break and thin spaces too, the apostrophe for its typographic forms.
  var groups: Set<Character>

  private static let commaAndPoint = NumberConvention(decimal: ",", groups: ["."])
  private static let commaAndSpace = NumberConvention(decimal: ",", groups: [" "])
  private static let commaAndBoth = NumberConvention(decimal: ",", groups: [".", " "])
  private static let pointAndComma = NumberConvention(decimal: ".", groups: [","])
  private static let swiss = NumberConvention(decimal: ".", groups: ["'", " "])

  /// The convention of a BCP 47 tag such as `tr-TR`; nil for an empty or unknown one.
  static func of(locale: String) -> NumberConvention? {
    let parts = locale.split(whereSeparator: { $0 == "-" || $0 == "_" }).map { $0.lowercased() }
    guard let language = parts.first else { return nil }
    let region = parts.dropFirst().first { $0.utf8.count == 2 } ?? ""
    if let special = byTag["\(language)-\(region)"] { return special }
    return byLanguage[language]
  }

  private static let byTag: [String: NumberConvention] = {
    var table: [String: NumberConvention] = [
      "de-ch": swiss, "fr-ch": swiss, "it-ch": swiss, "rm-ch": swiss, "de-li": swiss, "en-ch": swiss,
      "de-at": commaAndBoth, "pt-pt": commaAndBoth, "fr-ca": commaAndSpace, "en-za": commaAndSpace,
    ]
    // Spanish-speaking America has two ways; these write as the United States do.
    for region in ["mx", "us", "pr", "gt", "hn", "ni", "sv", "pa", "pe", "do"] { table["es-\(region)"] = pointAndComma }
    return table
  }()

  private static let byLanguage: [String: NumberConvention] = {
    var table: [String: NumberConvention] = [:]
    for language in [
      "tr", "de", "es", "it", "nl", "pt", "id", "da", "el", "ro", "hr", "sl", "sr", "bs", "mk", "is", "vi",
      "az", "ca", "gl",
    ] {
      table[language] = commaAndPoint
    }
    for language in ["fr", "ru", "uk", "be", "kk", "pl", "cs", "sk", "bg", "hu", "fi", "et", "lv", "lt", "hy", "ka"] {
      table[language] = commaAndSpace
    }
    for language in ["sv", "nb", "nn", "no"] { table[language] = commaAndBoth }
    for language in ["en", "zh", "ja", "ko", "th", "he", "hi", "ms", "bn", "ta", "ur", "sw", "fil"] {
      table[language] = pointAndComma
    }
    return table
  }()
}
