internal import HTTPTypes

/// What all pages of an account have around them: its parts, the way out, and what was just done.
struct AccountFrame: Sendable {
  enum Section: String, CaseIterable, Sendable {
    case overview = "/account"
    case alerts = "/account/alerts"
    case channels = "/account/channels"
    case deliveries = "/account/deliveries"
    case keys = "/account/keys"
    case sessions = "/account/sessions"

    var phrase: AccountPhrase {
      switch self {
      case .overview: .overview
      case .alerts: .alerts
      case .channels: .channels
      case .deliveries: .deliveries
      case .keys: .keys
      case .sessions: .sessions
      }
    }
  }

  let context: PageContext
  let section: Section
  let title: String
  var notice: Notice?

  func response(_ content: HTML, status: HTTPResponse.Status = .ok) -> GatewayResponse {
    Layout(context: context, title: title, description: title, isListed: false).response(
      "\(navigation)\(notice.map { $0.markup(context) })<h1>\(title)</h1>\n\(content)", status: status)
  }

  /// Asks once more.
  func confirmation(
    _ form: FormMarkup, text: String, button: String, path: String, cancel: String, fields: HTML = HTML(),
    status: HTTPResponse.Status = .ok
  ) -> GatewayResponse {
    ConfirmPage(
      form: form, title: title, text: text, button: button, path: path, cancel: cancel, fields: fields,
      before: navigation
    ).response(status: status)
  }

  var navigation: HTML {
    let items = Section.allCases.map { section -> HTML in
      let mark: String? = section == self.section ? "page" : nil
      return """
        <li><a href="\(context.path(section.rawValue))"\("aria-current", attribute: mark)>\(context(section.phrase))</a></li>
        """
    }
    return """
      <div class="account-bar"><nav aria-label="\(context(Phrase.account))"><ul>\(items)</ul></nav>
      \(FormMarkup(context: context).button("/account/sign-out", context(.signOut)))</div>

      """
  }
}

/// A page of one form for those who are not signed in yet.
struct EntryPage: Sendable {
  let context: PageContext
  let title: String
  var notice: Notice?
  var lead: String?

  /// - Parameter further: ways to other forms.
  func response(_ form: HTML, further: HTML = HTML(), status: HTTPResponse.Status = .ok) -> GatewayResponse {
    let lead = lead.map { text -> HTML in "<p>\(text)</p>\n" }
    return Layout(context: context, title: title, description: title, isListed: false).response(
      """
      \(notice.map { $0.markup(context) })<section class="panel narrow entry">
      <h1>\(title)</h1>
      \(lead)\(form)
      \(further)</section>
      """, status: status)
  }
}
