/// What a mail says, as it lies in the queue: a subject, a text, and the same as HTML.
struct MailContent: Hashable, Sendable {
  var subject: String
  var text: String
  /// Without the document around it.
  var html: String

  init(subject: String, text: String, html: String) {
    self.subject = subject
    self.text = text
    self.html = html
  }

  init(subject: String, _ text: RichText) {
    self.init(subject: subject, text: text.plainText, html: MailHTML.render(text))
  }

  /// As `body` wrote it; nil for anything else.
  init?(body: String) {
    guard let object = JSONObject(Array(body.utf8)), let subject = object.string("subject"),
      let text = object.string("text"), let html = object.string("html")
    else { return nil }
    self.init(subject: subject, text: text, html: html)
  }

  /// As it lies in the queue. A process of a version that knew no mail wrote the text alone.
  init(queued body: String) {
    self =
      MailContent(body: body)
      ?? MailContent(
        subject: "Fiyatradari",
        RichText(lines: body.split(separator: "\n", omittingEmptySubsequences: false).map { [.plain(String($0))] }))
  }

  /// For the queue.
  var body: String {
    JSONValue.object([("subject", .string(subject)), ("text", .string(text)), ("html", .string(html))]).text
  }
}

/// Rich text as HTML that every mail program shows.
enum MailHTML {
  static func render(_ text: RichText) -> String {
    text.lines.map { line in line.map(TelegramHTML.render).joined() }.joined(separator: "<br>\n")
  }

  /// A whole page around it.
  static func document(_ html: String) -> String {
    """
    <!doctype html>
    <html><head><meta charset="utf-8"></head>
    <body style="font-family:sans-serif;font-size:16px;line-height:1.5">
    <p>\(html)</p>
    </body></html>

    """
  }
}
