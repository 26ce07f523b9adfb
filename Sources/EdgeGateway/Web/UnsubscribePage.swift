/// What people see who want no more mails, in Turkish and in English: nothing is known of them but a link.
enum UnsubscribePage {
  /// What the page may load and where its form may lead.
  static let policy =
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

  /// - Parameter token: digits, letters and dashes.
  static func asking(_ token: String) -> [UInt8] {
    render { page in
      page.markup("<form method=\"post\" action=\"/unsubscribe?token=")
      page.text(token)
      page.markup(
        """
        ">
        <p lang="tr">Fiyatradari bu adrese artık bildirim göndermesin mi?</p>
        <p>Shall Fiyatradari send no more alerts to this address?</p>
        <button type="submit">Bildirimleri durdur · Stop the mails</button>
        </form>

        """)
    }
  }

  static let done = render {
    $0.markup(
      "<p lang=\"tr\">Bu adrese artık bildirim gönderilmeyecek.</p>\n<p>There will be no more mails to this address.</p>\n"
    )
  }

  static let unknown = render {
    $0.markup("<p lang=\"tr\">Bu bağlantı geçerli değil.</p>\n<p>This link is not valid any more.</p>\n")
  }

  private static func render(_ content: (inout HTMLText) -> Void) -> [UInt8] {
    var page = HTMLText()
    page.markup(
      """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta name="referrer" content="no-referrer">
      <title>Fiyatradari</title>
      <link rel="stylesheet" href="/docs.css">
      </head>
      <body>
      <header><h1>Fiyatradari</h1></header>
      <main>

      """)
    content(&page)
    page.markup("</main>\n</body>\n</html>\n")
    return page.bytes
  }
}
