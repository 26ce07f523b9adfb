/// The languages that messages are written in.
enum Language: String, Sendable, CaseIterable {
  case turkish = "tr"
  case english = "en"

  /// The language for an IETF tag such as Telegram's `language_code`: Turkish for "tr" and for none, else English.
  init(tag: String?) {
    guard let tag, !tag.isEmpty else {
      self = .turkish
      return
    }
    self = tag.lowercased().split(separator: "-").first == "tr" ? .turkish : .english
  }
}
