internal import HTTPTypes

/// The frame of the operators' pages.
struct OperatorLayout: Sendable {
  let parts: OperatorParts
  let section: OperatorSection
  /// The heading.
  let title: String
  let role: Role
  /// What was just done.
  var notice: OperatorNotice?
  /// Whether the page is shown anew every few seconds where there is a script.
  var isLive = false

  private var context: OperatorContext { parts.context }

  func response(_ content: HTML, status: HTTPResponse.Status = .ok) -> GatewayResponse {
    var layout = Layout(
      context: context.page, title: "\(title) · \(context(.operators))", description: context(.operators))
    layout.isListed = false
    layout.head = Self.head
    let live: HTML? =
      isLive
      ? """
      <p class="pulse" data-pulse data-on="\(context(.liveOn))" data-off="\(context(.liveOff))" \
      data-stop="\(context(.liveStop))" data-start="\(context(.liveStart))" data-lost="\(context(.liveLost))"></p>
      """
      : nil
    return layout.response(
      """
      \(menu)
      <div class="heading"><h1>\(title)</h1>\(live)</div>
      \(notice.map { $0.markup(context) })\(content)
      """, status: status)
  }

  /// Asks once more before something is done.
  ///
  /// - Parameters:
  ///   - consequence: what will come of it.
  ///   - path: where the answer goes, and `cancel` where no leads; as they are in Turkish.
  ///   - fields: what the answer says besides.
  func question(
    _ consequence: String, button: OperatorPhrase, path: String, cancel: String,
    fields: [(name: String, value: String)] = []
  ) -> GatewayResponse {
    let form = FormMarkup(context: context.page)
    let hidden = fields.map { form.hidden($0.name, $0.value) }
    return ConfirmPage(
      form: form, title: title, text: consequence + " " + context(.confirmAudit), button: context(button), path: path,
      cancel: cancel, fields: hidden.joined(), before: menu, head: Self.head
    ).response()
  }

  private static let head: HTML = """
    <link rel="stylesheet" href="\(SiteAssets.operatorStyle.path)">
    <script type="module" src="\(SiteAssets.operatorScript.path)"></script>

    """

  private var menu: HTML {
    let items = OperatorSection.allCases.filter { $0.role <= role }.map { item -> HTML in
      let mark: String? = item == section ? "page" : nil
      return """
        <li><a href="\(context.path(item.path))"\("aria-current", attribute: mark)>\(context(item.phrase))</a></li>

        """
    }
    return """
      <nav class="sections" aria-label="\(context(.menu))"><ul>
      \(items)</ul></nav>
      """
  }
}
