internal import HTTPTypes

/// The frame of every page: head, header, footer.
struct Layout: Sendable {
  let context: PageContext
  /// Of the document, before the site's name.
  var title: String?
  var description: String
  /// The picture of shared links.
  var image: String?
  /// Whether search engines shall list it.
  var isListed = true
  /// What is typed in the search field.
  var query = ""
  /// Further elements of the head.
  var head = HTML()
  /// The document's kind for Open Graph.
  var kind = "website"
  /// Where the feed of what the page shows is.
  var feed = "/deals.atom"
  var current: Phrase?

  func page(_ content: HTML) -> HTML {
    let language = context.language
    return """
      <!DOCTYPE html>
      <html lang="\(language.code)">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <title>\(title.map { "\($0) · Fiyatradarı" } ?? "Fiyatradarı: \(language(.tagline))")</title>
      <meta name="description" content="\(description)">
      <meta name="color-scheme" content="light dark">
      <meta name="theme-color" content="#ffffff" media="(prefers-color-scheme: light)">
      <meta name="theme-color" content="#0f1317" media="(prefers-color-scheme: dark)">
      \(listing)<meta property="og:site_name" content="Fiyatradarı">
      <meta property="og:type" content="\(kind)">
      <meta property="og:title" content="\(title ?? language(.tagline))">
      <meta property="og:description" content="\(description)">
      <meta property="og:locale" content="\(language.locale)">
      \(picture)<link rel="stylesheet" href="\(SiteAssets.style.path)">
      <link rel="icon" href="/icon.svg" type="image/svg+xml">
      <link rel="apple-touch-icon" href="/icon-180.png">
      <link rel="manifest" href="\(language.path("/manifest.webmanifest"))">
      <link rel="alternate" type="application/atom+xml" title="\(language(.deals))" href="\(language.path(feed))">
      <script type="module" src="\(SiteAssets.script.path)"></script>
      \(head)</head>
      <body>
      <a class="skip" href="#content">\(language(.skip))</a>
      \(header)
      <main id="content">
      \(content)
      </main>
      \(footer)
      </body>
      </html>

      """
  }

  /// Where the page is in this language and in the other.
  private var listing: HTML {
    guard isListed, context.isCanonical else { return "<meta name=\"robots\" content=\"noindex\">\n" }
    let alternates = Language.allCases.map { language -> HTML in
      "<link rel=\"alternate\" hreflang=\"\(language.code)\" href=\"\(context.absolute(context.path, in: language))\">\n"
    }
    return """
      <link rel="canonical" href="\(context.absolute(context.path))">
      \(alternates)<link rel="alternate" hreflang="x-default" href="\(context.absolute(context.path, in: .turkish))">
      <meta property="og:url" content="\(context.absolute(context.path))">

      """
  }

  private var picture: HTML {
    guard let image, image.hasPrefix("https://") else { return HTML() }
    return "<meta property=\"og:image\" content=\"\(image)\">\n"
  }

  private var header: HTML {
    let language = context.language
    let other = language.other
    return """
      <header class="top">
      <div class="bar">
      <a class="brand" href="\(context.path("/"))">\(Icon.brand)<span>Fiyatradarı</span></a>
      <form class="find" action="\(context.path("/search"))" method="get" role="search">
      <label class="hidden" for="q">\(language(.searchLabel))</label>
      <input id="q" name="q" type="search" maxlength="200" value="\(query)" placeholder="\(language(.searchHint))"\
       autocomplete="off" data-suggest="\(language(.suggestions))" data-page="\(context.path("/p/"))">
      <button type="submit">\(Icon.search)<span class="hidden">\(language(.search))</span></button>
      </form>
      <nav class="menu" aria-label="\(language(.navMain))">
      \(item(.deals, "/deals"))
      \(item(.categories, "/categories"))
      \(AccountLink.markup(context))<a class="language" href="\(other.path(context.path))" hreflang="\(other.code)" lang="\(other.code)">\
      \(other.name)</a>
      </nav>
      </div>
      </header>
      """
  }

  private func item(_ phrase: Phrase, _ path: String) -> HTML {
    let mark: String? = current == phrase ? "page" : nil
    return "<a href=\"\(context.path(path))\"\("aria-current", attribute: mark)>\(context(phrase))</a>"
  }

  private var footer: HTML {
    """
    <footer class="bottom">
    <div class="bar">
    <p class="about">\(context(.footerAbout))</p>
    <nav aria-label="\(context(.footerData))">
    <a href="\(context.path("/categories"))">\(context(.footerCategories))</a>
    <a href="\(context.path("/deals.atom"))">\(context(.footerFeed))</a>
    <a href="/openapi.json">\(context(.footerAPI))</a>
    </nav>
    </div>
    </footer>
    """
  }

  /// The answer that a page is.
  func response(_ content: HTML, status: HTTPResponse.Status = .ok) -> GatewayResponse {
    var response = GatewayResponse(
      status: status, contentType: "text/html; charset=utf-8", body: page(content).bytes)
    response.fields[.contentSecurityPolicy] = context.site.policy
    // So that browsers tell us, and nobody else, that a form is ours.
    response.fields[.referrerPolicy] = "same-origin"
    if context.viewer != nil {
      response.fields[.cacheControl] = PersonalPages.storedByNobody
    } else if context.site.features.accounts {
      // With a session's cookie its header is another one.
      response.fields[.vary] = "Cookie"
    }
    return response
  }
}
