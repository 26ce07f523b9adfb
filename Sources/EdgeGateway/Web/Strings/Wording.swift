/// A catalogue of what pages say: each phrase is there in both languages; `{name}` stands for a value.
///
/// There is one for the public pages, one for people's accounts and one for those who run the mesh.
protocol Wording: CaseIterable, Sendable {
  var forms: (turkish: String, english: String) { get }
}

extension Wording {
  /// The phrase with its values. One that is not given stays as `{name}`, which tests look for.
  func text(in language: Language, _ values: [String: String] = [:]) -> String {
    let form = language == .turkish ? forms.turkish : forms.english
    guard !values.isEmpty else { return form }
    var text = ""
    var rest = form[...]
    while let open = rest.firstIndex(of: "{"), let close = rest[open...].firstIndex(of: "}") {
      let name = String(rest[rest.index(after: open)..<close])
      text += rest[..<open]
      text += values[name] ?? "{\(name)}"
      rest = rest[rest.index(after: close)...]
    }
    return text + rest
  }
}
