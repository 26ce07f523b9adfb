/// Rich text as the HTML that Telegram's Bot API takes (`parse_mode` HTML).
enum TelegramHTML {
  /// Telegram counts 4,096 characters after it has parsed the markup, in UTF-16 units. Ours counts the markup too.
  static let limit = 4096

  /// - Parameter limit: in UTF-16 units. Lines that would go beyond it are left out whole, so that no tag is cut.
  static func render(_ text: RichText, limit: Int = limit) -> String {
    var html = ""
    var size = 0
    for line in text.lines {
      let rendered = line.map(render).joined()
      let cost = rendered.utf16.count + (html.isEmpty ? 0 : 1)
      guard size + cost <= limit else { continue }
      if !html.isEmpty { html += "\n" }
      html += rendered
      size += cost
    }
    return html
  }

  /// One span, escaped.
  static func render(_ span: RichText.Span) -> String {
    switch span {
    case .plain(let text): escape(text)
    case .bold(let text): "<b>" + escape(text) + "</b>"
    case .link(let text, let url): "<a href=\"" + escape(url) + "\">" + escape(text) + "</a>"
    }
  }

  static func escape(_ text: String) -> String {
    var escaped = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "\"": escaped += "&quot;"
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }
}
