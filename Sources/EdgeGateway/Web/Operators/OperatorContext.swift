/// Where an operators' page is and in which language it speaks.
struct OperatorContext: Sendable {
  let page: PageContext

  var language: Language { page.language }

  func path(_ path: String) -> String { page.path(path) }

  func callAsFunction(_ phrase: OperatorPhrase, _ values: [String: String] = [:]) -> String {
    phrase.text(in: language, values)
  }
}
