/// A language of the pages. Turkish is at `/`, English at `/en`: an address says which, so every page can be kept, linked
/// and found.
enum Language: String, Sendable, CaseIterable {
  case turkish = "tr"
  case english = "en"

  /// As `lang` has it.
  var code: String { rawValue }
  /// As Open Graph has it.
  var locale: String { self == .turkish ? "tr_TR" : "en_US" }
  var other: Language { self == .turkish ? .english : .turkish }
  /// What it calls itself.
  var name: String { self == .turkish ? "Türkçe" : "English" }

  /// The address of a page in this language.
  ///
  /// - Parameter path: as it is in Turkish, beginning with a slash.
  func path(_ path: String) -> String {
    switch self {
    case .turkish: path
    case .english: path == "/" ? "/en" : path.hasPrefix("/?") ? "/en" + path.dropFirst() : "/en" + path
    }
  }

  /// The language of an address.
  init(path: String) {
    let end = path.dropFirst(3).first
    self = path.hasPrefix("/en") && (end == nil || end == "/" || end == "?") ? .english : .turkish
  }

  func callAsFunction(_ phrase: Phrase, _ values: [String: String] = [:]) -> String {
    phrase.text(in: self, values)
  }
}
