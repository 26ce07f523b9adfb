internal import HTTPTypes

/// Asks once more before something that cannot be taken back.
struct ConfirmPage: Sendable {
  let form: FormMarkup
  /// The question.
  let title: String
  /// What will happen.
  let text: String
  let button: String
  /// Where the form is sent, and where who does not want to goes; as they are in Turkish.
  let path: String
  let cancel: String
  /// Further fields, such as a password.
  var fields = HTML()
  /// What stands before it: the navigation of the part of the site.
  var before = HTML()
  /// Further elements of the document's head.
  var head = HTML()

  func response(status: HTTPResponse.Status = .ok) -> GatewayResponse {
    let content: HTML = """
      \(before)<section class="panel narrow">
      <h1>\(title)</h1>
      <p>\(text)</p>
      \(form.form(path, fields, button: button, isDangerous: true, cancel: cancel))
      </section>
      """
    return Layout(context: form.context, title: title, description: text, isListed: false, head: head)
      .response(content, status: status)
  }
}
