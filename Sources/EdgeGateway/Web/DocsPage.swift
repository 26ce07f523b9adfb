internal import HTTPTypes
internal import ProtobufBridge

/// The interface for people, from the same route table that requests go by. No script, nothing from elsewhere.
enum DocsPage {
  /// What the page may load: its style sheet.
  static let policy =
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

  static func render(_ routes: [Route], version: String) -> [UInt8] {
    var page = HTMLText()
    page.markup(
      """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <title>Fiyatradari: the interface</title>
      <link rel="stylesheet" href="/docs.css">
      </head>
      <body>
      <a class="skip" href="#main">To the operations</a>
      <header><h1>Fiyatradari: the interface</h1>
      <p>Version
      """)
    page.text(" " + version)
    page.markup(
      """
      . For programs: <a href="/openapi.json">OpenAPI 3.1</a>. Examples take the address from
      <code>GATEWAY</code> and a token from <code>TOKEN</code>.</p></header>

      """)
    let tags = OpenAPIDocument.tagNames(routes)
    navigation(tags, routes, &page)
    page.markup("<main id=\"main\">\n")
    for tag in tags { section(tag, routes.filter { $0.tag == tag }, &page) }
    page.markup("</main>\n<footer><p><a href=\"/\">Open deals</a></p></footer>\n</body>\n</html>\n")
    return page.bytes
  }

  private static func navigation(_ tags: [String], _ routes: [Route], _ page: inout HTMLText) {
    page.markup("<nav aria-label=\"Operations\">\n<ul>\n")
    for tag in tags {
      page.markup("<li><a href=\"#tag-")
      page.text(tag)
      page.markup("\">")
      page.text(tag)
      page.markup("</a>\n<ul>\n")
      for route in routes where route.tag == tag {
        page.markup("<li><a href=\"#")
        page.text(route.operation)
        page.markup("\">")
        page.text(route.operation)
        page.markup("</a></li>\n")
      }
      page.markup("</ul></li>\n")
    }
    page.markup("</ul>\n</nav>\n")
  }

  private static func section(_ tag: String, _ routes: [Route], _ page: inout HTMLText) {
    page.markup("<section aria-labelledby=\"tag-")
    page.text(tag)
    page.markup("\">\n<h2 id=\"tag-")
    page.text(tag)
    page.markup("\">")
    page.text(tag)
    page.markup("</h2>\n")
    if let about = OpenAPIDocument.about(tag) { paragraph(about, &page) }
    for route in routes { article(route, &page) }
    page.markup("</section>\n")
  }

  private static func article(_ route: Route, _ page: inout HTMLText) {
    page.markup("<article id=\"")
    page.text(route.operation)
    page.markup("\">\n<h3><span class=\"method\">")
    page.text(route.method.rawValue)
    page.markup("</span> <code>")
    page.text(route.pattern)
    page.markup("</code></h3>\n")
    paragraph(route.summary, &page)
    paragraph("For: \(route.audience)" + (kept(route.freshness) ?? ""), &page)
    parameters(route.parameters, &page)
    if let body = route.body { members(body, of: route, &page) }
    answers(route, &page)
    page.markup("<pre><code>")
    page.text(CurlExample.text(route))
    page.markup("</code></pre>\n</article>\n")
  }

  private static func kept(_ freshness: Route.Freshness) -> String? {
    switch freshness {
    case .none: nil
    case .publicSeconds(let seconds): " May be stored for \(seconds) s; then ask again with its ETag."
    case .immutable: " May be stored for good."
    case .privateRevalidated: " May be stored by the one who asked; ask again with its ETag."
    }
  }

  private static func parameters(_ parameters: [ParameterDeclaration], _ page: inout HTMLText) {
    guard !parameters.isEmpty else { return }
    var table = DocsTable("Parameters", ["Name", "In", "Value", "Meaning"])
    for parameter in parameters {
      table.add([
        parameter.name + (parameter.isRequired ? " (required)" : ""), parameter.place.rawValue,
        ParameterSchema.words(parameter.schema), parameter.help,
      ])
    }
    table.write(to: &page)
  }

  private static func members(_ body: Route.Content, of route: Route, _ page: inout HTMLText) {
    var table = DocsTable("Body, application/json", ["Member", "Value"])
    switch body {
    case .fields(let names, let layout):
      for field in layout.fields where names.contains(field.jsonName) {
        table.add([field.jsonName + need(field.jsonName, route), words(field)])
      }
    case .message(let layout): for field in layout.fields { table.add([field.jsonName, words(field)]) }
    default: return
    }
    table.write(to: &page)
  }

  private static func need(_ name: String, _ route: Route) -> String {
    if route.requiredMembers.contains(name) { return " (required)" }
    return route.alternativeMembers.contains(name) ? " (exactly one of these)" : ""
  }

  private static func words(_ field: FieldLayout) -> String {
    let one =
      switch field.kind {
      case .bool: "true or false"
      case .float, .double, .int32, .sint32, .sfixed32, .uint32, .fixed32: "number"
      case .int64, .sint64, .sfixed64, .uint64, .fixed64: "64-bit number as text"
      case .enum: (Int32(1)..<256).compactMap { field.enumeration?.name(of: $0) }.joined(separator: ", ")
      case .message: field.message.map { MessageSchemas.name($0, .sent) } ?? "object"
      default: "text"
      }
    return field.isMap ? "object" : field.cardinality == .repeated ? "list of: \(one)" : one
  }

  private static func answers(_ route: Route, _ page: inout HTMLText) {
    var table = DocsTable("Answers", ["Status", "Meaning"])
    table.add([String(route.status.code), route.status.reasonPhrase])
    for status in route.sameContent { table.add([String(status.code), status.reasonPhrase]) }
    if route.method == .get, route.freshness != .none { table.add(["304", ProblemResponses.meaning(.notModified)]) }
    for status in route.refusals { table.add([String(status.code), ProblemResponses.meaning(status)]) }
    table.write(to: &page)
  }

  private static func paragraph(_ text: String, _ page: inout HTMLText) {
    page.markup("<p>")
    page.text(text)
    page.markup("</p>\n")
  }

  static let style = """
    :root { color-scheme: light dark; }
    body { font: 16px/1.5 system-ui, sans-serif; max-width: 76rem; margin: 0 auto; padding: 1rem; }
    .skip { position: absolute; left: -100rem; }
    .skip:focus { position: static; }
    nav ul { list-style: none; padding: 0; margin: 0; display: flex; flex-wrap: wrap; gap: 0.2rem 1rem; }
    nav > ul > li { flex-basis: 100%; display: flex; flex-wrap: wrap; gap: 0 1rem; }
    nav > ul > li > a { font-weight: 600; min-width: 6rem; }
    article { border-top: 1px solid #8886; padding: 0.5rem 0 1rem; }
    h3 code { overflow-wrap: anywhere; }
    .method { font: 600 0.8em/1 ui-monospace, monospace; border: 1px solid; border-radius: 0.3em; padding: 0.1em 0.4em; }
    table { border-collapse: collapse; width: 100%; margin: 0.5rem 0; }
    caption { text-align: left; font-weight: 600; }
    th, td { text-align: left; padding: 0.25rem 0.6rem; border-bottom: 1px solid #8884; vertical-align: top; overflow-wrap: anywhere; }
    th[scope=row] { white-space: nowrap; font-weight: 400; font-family: ui-monospace, monospace; }
    pre { overflow-x: auto; padding: 0.6rem; border: 1px solid #8886; border-radius: 0.3rem; }

    """
}
