/// Which page is made: its language and its address.
struct PageContext: Sendable {
  let site: PageSite
  let language: Language
  /// As it is in Turkish, with its query: the same page in the other language has it too.
  let path: String
  /// Whether the address is the one to be found by: filtered and further parts of lists are not.
  var isCanonical = true
  /// Who is signed in and asks; nil for pages that everyone gets alike.
  var viewer: Viewer?

  func path(_ path: String) -> String { language.path(path) }

  /// The whole address of a page of ours.
  func absolute(_ path: String, in language: Language? = nil) -> String {
    site.base + (language ?? self.language).path(path)
  }

  func callAsFunction(_ phrase: Phrase, _ values: [String: String] = [:]) -> String { language(phrase, values) }
  func callAsFunction(_ phrase: AccountPhrase, _ values: [String: String] = [:]) -> String {
    phrase.text(in: language, values)
  }
}
