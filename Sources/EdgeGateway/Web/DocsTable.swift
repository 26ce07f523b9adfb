internal import HTTPTypes

/// A table of the documentation: the first cell of each row names it.
struct DocsTable {
  private let caption: String
  private let titles: [String]
  private var rows: [[String]] = []

  init(_ caption: String, _ titles: [String]) {
    self.caption = caption
    self.titles = titles
  }

  mutating func add(_ cells: [String]) { rows.append(cells) }

  func write(to page: inout HTMLText) {
    page.markup("<table>\n<caption>")
    page.text(caption)
    page.markup("</caption>\n<thead><tr>")
    for title in titles {
      page.markup("<th scope=\"col\">")
      page.text(title)
      page.markup("</th>")
    }
    page.markup("</tr></thead>\n<tbody>\n")
    for row in rows {
      page.markup("<tr>")
      for (index, cell) in row.enumerated() {
        page.markup(index == 0 ? "<th scope=\"row\">" : "<td>")
        page.text(cell)
        page.markup(index == 0 ? "</th>" : "</td>")
      }
      page.markup("</tr>\n")
    }
    page.markup("</tbody>\n</table>\n")
  }
}

/// How to use a route from a shell.
enum CurlExample {
  static func text(_ route: Route) -> String {
    var path = route.pattern
    for parameter in route.parameters where parameter.place == .path {
      path = path.replacing("{\(parameter.name)}", with: parameter.example ?? "1")
    }
    let query = route.parameters.filter { $0.place == .query && $0.isRequired }
      .map { "\($0.name)=\($0.example ?? "")" }.joined(separator: "&")
    var text = "curl"
    if route.method != .get { text += " -X \(route.method.rawValue)" }
    text += " \"$GATEWAY\(path)\(query.isEmpty ? "" : "?" + query)\""
    if route.access != .anyone { text += " \\\n  -H \"Authorization: Bearer $TOKEN\"" }
    if route.body != nil {
      let body = String(decoding: (route.bodyExample ?? [:]).bytes, as: UTF8.self)
      text += " \\\n  -H 'Content-Type: application/json' -d '\(body.replacing("'", with: "'\\''"))'"
    }
    return text
  }
}
