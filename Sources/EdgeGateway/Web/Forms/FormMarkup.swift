internal import HTTPTypes
internal import MeshRPC

/// A form's markup: each field with its label, its hint and what is wrong with it (WCAG 2.2: 1.3.1, 1.3.5, 3.3.1 to 3.3.3).
struct FormMarkup: Sendable {
  let context: PageContext
  /// What was typed, by field; never a password.
  var values: [String: String] = [:]
  /// What is wrong, by field; in the order of the form.
  var errors: [(field: String, text: String)] = []
  /// Begins the ids of fields. A page with several forms gives each its own.
  var prefix = "f"

  /// A whole form. It sends the session's CSRF token along.
  ///
  /// - Parameters:
  ///   - path: where it is sent, as it is in Turkish.
  ///   - content: its fields.
  ///   - button: what the button says.
  ///   - cancel: a path for those who do not want to, as it is in Turkish.
  ///   - isUpload: whether a file is among the fields.
  func form(
    _ path: String, _ content: HTML, button: String, isDangerous: Bool = false, cancel: String? = nil,
    isUpload: Bool = false
  ) -> HTML {
    let kind: HTML = isDangerous ? " danger" : ""
    let coding: String? = isUpload ? "multipart/form-data" : nil
    let back: HTML? = cancel.map { "<a href=\"\(context.path($0))\">\(context(.cancel))</a>" }
    return """
      \(summary)<form class="form" action="\(context.path(path))" method="post"\("enctype", attribute: coding)>
      \(csrf)\(content)
      <div class="actions"><button class="button\(kind)" type="submit">\(button)</button>\(back)</div>
      </form>
      """
  }

  /// A form of one button.
  ///
  /// - Parameters:
  ///   - subject: what it is about, for those who hear the button without seeing what stands beside it.
  ///   - fields: hidden ones.
  func button(
    _ path: String, _ label: String, about subject: String? = nil, _ fields: [(name: String, value: String)] = [],
    isDangerous: Bool = false
  ) -> HTML {
    let kind: HTML = isDangerous ? " danger" : ""
    let about: HTML? = subject.map { "<span class=\"hidden\">: \($0)</span>" }
    return """
      <form class="act" action="\(context.path(path))" method="post">\(csrf)\
      \(fields.map { hidden($0.name, $0.value) })<button class="button small plain\(kind)" type="submit">\
      \(label)\(about)</button></form>
      """
  }

  /// Which fields are wrong, before the form, with the way to each.
  private var summary: HTML? {
    guard !errors.isEmpty else { return nil }
    let items = errors.map { error -> HTML in
      if error.field.isEmpty { return "<li>\(error.text)</li>" }
      return "<li><a href=\"#\(id(error.field))\">\(error.text)</a></li>"
    }
    return """
      <div class="errors" role="alert"><h2>\(context(.formErrors))</h2><ul>\(items.joined("\n"))</ul></div>

      """
  }

  private var csrf: HTML? { context.viewer.map { hidden(FormFields.csrf, $0.csrfToken) } }

  func hidden(_ name: String, _ value: String) -> HTML {
    "<input type=\"hidden\" name=\"\(name)\" value=\"\(value)\">\n"
  }

  // MARK: Fields

  /// What kind of text a field takes, and what browsers fill in by themselves (WCAG 1.3.5).
  struct Kind: Sendable {
    var type = "text"
    var autocomplete: String?
    var inputmode: String?
    var maximum: Int?

    static let text = Kind(autocomplete: "off", maximum: 200)
    static let email = Kind(type: "email", autocomplete: "username", maximum: EmailAddress.maximumBytes)
    /// Of a channel, which may be another one than the account's.
    static let contact = Kind(type: "email", autocomplete: "email", maximum: EmailAddress.maximumBytes)
    static let short = Kind(autocomplete: "off", maximum: 100)
    static let currentPassword = Kind(type: "password", autocomplete: "current-password")
    static let newPassword = Kind(type: "password", autocomplete: "new-password")
    static let amount = Kind(autocomplete: "off", inputmode: "decimal", maximum: 20)
    static let number = Kind(autocomplete: "off", inputmode: "numeric", maximum: 10)
    static let code = Kind(autocomplete: "one-time-code", maximum: 64)
    static let address = Kind(type: "url", autocomplete: "off", maximum: 2048)
    static let time = Kind(type: "time", autocomplete: "off")
  }

  /// - Parameter isMarked: whether the label says so of one that may be left empty.
  func field(
    _ name: String, _ label: String, _ kind: Kind = .text, hint: String? = nil, isRequired: Bool = true,
    isMarked: Bool = true
  ) -> HTML {
    let value = kind.type == "password" ? nil : values[name]
    let required: HTML = isRequired ? " required" : ""
    return """
      <div class="field"><label for="\(id(name))">\(label)\(isRequired || !isMarked ? nil : optional)</label>
      <input id="\(id(name))" name="\(name)" type="\(kind.type)"\("value", attribute: value)\
      \("autocomplete", attribute: kind.autocomplete)\("inputmode", attribute: kind.inputmode)\
      \("maxlength", attribute: kind.maximum.map { String($0) })\(required)\(described(name, hint))>
      \(notes(name, hint))</div>

      """
  }

  /// - Parameter accept: which files are offered first.
  func file(_ name: String, _ label: String, accept: String, hint: String? = nil) -> HTML {
    """
    <div class="field"><label for="\(id(name))">\(label)</label>
    <input id="\(id(name))" name="\(name)" type="file" accept="\(accept)" required\(described(name, hint))>
    \(notes(name, hint))</div>

    """
  }

  func area(_ name: String, _ label: String, rows: Int = 3, hint: String? = nil, isRequired: Bool = true) -> HTML {
    let required: HTML = isRequired ? " required" : ""
    return """
      <div class="field"><label for="\(id(name))">\(label)\(isRequired ? nil : optional)</label>
      <textarea id="\(id(name))" name="\(name)" rows="\(rows)" maxlength="4000"\(required)\(described(name, hint))>
      \(values[name] ?? "")</textarea>
      \(notes(name, hint))</div>

      """
  }

  func select(
    _ name: String, _ label: String, _ choices: [(value: String, label: String)], hint: String? = nil
  ) -> HTML {
    let options = choices.map { choice -> HTML in
      let mark: HTML = choice.value == values[name] ?? "" ? " selected" : ""
      return "<option value=\"\(choice.value)\"\(mark)>\(choice.label)</option>"
    }
    return """
      <div class="field"><label for="\(id(name))">\(label)</label>
      <select id="\(id(name))" name="\(name)"\(described(name, hint))>\(options)</select>
      \(notes(name, hint))</div>

      """
  }

  /// A box to tick.
  ///
  /// - Parameter value: what it sends when it is ticked.
  func check(_ name: String, _ label: String, value: String = "on", isOn: Bool, hint: String? = nil) -> HTML {
    let mark: HTML = isOn ? " checked" : ""
    let id = value == "on" ? self.id(name) : "\(self.id(name))-\(value)"
    return """
      <div class="field check"><input id="\(id)" type="checkbox" name="\(name)" value="\(value)"\(mark)\
      \(described(name, hint))>
      <label for="\(id)">\(label)</label>\(notes(name, hint))</div>

      """
  }

  /// Fields that belong together.
  func group(_ name: String, _ label: String, hint: String? = nil, _ content: HTML) -> HTML {
    """
    <fieldset class="field group" id="\(id(name))"\(described(name, hint))><legend>\(label)</legend>
    \(notes(name, hint))\(content)</fieldset>

    """
  }

  private func id(_ name: String) -> String { "\(prefix)-\(name)" }

  private var optional: HTML { " <span class=\"muted\">(\(context(.optional)))</span>" }

  private func error(_ name: String) -> String? { errors.first { $0.field == name }?.text }

  /// Which notes belong to a field.
  private func described(_ name: String, _ hint: String?) -> HTML {
    let notes = [hint.map { _ in id(name) + "-hint" }, error(name).map { _ in id(name) + "-error" }].compactMap { $0 }
    let invalid: String? = error(name) == nil ? nil : "true"
    return """
      \("aria-describedby", attribute: notes.isEmpty ? nil : notes.joined(separator: " "))\
      \("aria-invalid", attribute: invalid)
      """
  }

  private func notes(_ name: String, _ hint: String?) -> HTML {
    let error = error(name).map { text -> HTML in "<p class=\"error\" id=\"\(id(name))-error\">\(text)</p>\n" }
    let hint = hint.map { text -> HTML in "<p class=\"small\" id=\"\(id(name))-hint\">\(text)</p>\n" }
    return (error ?? HTML()) + (hint ?? HTML())
  }
}

extension FormMarkup {
  /// What is wrong with the form, in the reader's words.
  ///
  /// - Parameter words: by the field that a `Problem` names; under the empty name what a conflict without one means.
  /// - Throws: the error itself where it is not the form's, and has a page of its own.
  func faults(_ error: any Error, _ words: [String: AccountPhrase]) throws -> [(field: String, text: String)] {
    let problem = ProblemWriter.problem(for: error)
    guard !Task.isCancelled else { throw error }
    // That is no matter of pace, as 429 says to programs: something must go first, or a code come.
    if let error = error as? RPCError, error.code == .resourceExhausted, let phrase = words[Self.limit] {
      return [("", context(phrase))]
    }
    guard [400, 409].contains(problem.status.code), let phrase = words[problem.field ?? ""] else { throw error }
    return [(problem.field ?? "", context(phrase))]
  }

  /// Stands for "as many as there may be, or too soon" among the words for faults.
  static let limit = "limit"

  /// The same as one of several forms of a page.
  func named(_ prefix: String) -> FormMarkup {
    var form = self
    form.prefix = prefix
    return form
  }
}
