/// Open deals for readers of feeds: Atom (RFC 4287) and RSS 2.0.
struct DealFeed: Sendable {
  struct Entry: Sendable {
    var id: Int64
    var title: String
    var path: String
    var summary: String
    /// In seconds since 1970.
    var published: Int64
    var updated: Int64
    var category: String
  }

  let context: PageContext
  /// Of the feed itself, with its filters.
  let path: String
  let entries: [Entry]

  private var title: String { "Fiyatradarı: \(context(.deals))" }
  private var newest: Int64 { entries.map(\.updated).max() ?? 0 }

  func atom() -> GatewayResponse {
    let items = entries.map { entry -> HTML in
      let category: HTML? = entry.category.isEmpty ? nil : "<category term=\"\(entry.category)\"/>\n"
      return """
        <entry>
        <id>\(context.site.base)/deals/\(entry.id)</id>
        <title>\(entry.title)</title>
        <link href="\(context.site.base)\(entry.path)"/>
        <published>\(CivilTime.rfc3339(entry.published))</published>
        <updated>\(CivilTime.rfc3339(entry.updated))</updated>
        \(category)<summary>\(entry.summary)</summary>
        </entry>
        """
    }
    let feed: HTML = """
      <?xml version="1.0" encoding="utf-8"?>
      <feed xmlns="http://www.w3.org/2005/Atom" xml:lang="\(context.language.code)">
      <id>\(context.absolute(path))</id>
      <title>\(title)</title>
      <subtitle>\(context(.dealsDescription))</subtitle>
      <link rel="self" href="\(context.absolute(path))"/>
      <link rel="alternate" type="text/html" href="\(context.absolute("/deals"))"/>
      <icon>\(context.site.base)/icon.svg</icon>
      <author><name>Fiyatradarı</name></author>
      <updated>\(CivilTime.rfc3339(newest))</updated>
      \(items.joined("\n"))
      </feed>

      """
    return GatewayResponse(contentType: "application/atom+xml; charset=utf-8", body: feed.bytes)
  }

  func rss() -> GatewayResponse {
    let items = entries.map { entry -> HTML in
      """
      <item>
      <title>\(entry.title)</title>
      <link>\(context.site.base)\(entry.path)</link>
      <guid isPermaLink="false">\(context.site.base)/deals/\(entry.id)</guid>
      <pubDate>\(HTTPDate.text(Int(entry.updated)))</pubDate>
      <description>\(entry.summary)</description>
      </item>
      """
    }
    let feed: HTML = """
      <?xml version="1.0" encoding="utf-8"?>
      <rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom">
      <channel>
      <title>\(title)</title>
      <link>\(context.absolute("/deals"))</link>
      <description>\(context(.dealsDescription))</description>
      <language>\(context.language.code)</language>
      <atom:link rel="self" type="application/rss+xml" href="\(context.absolute(path))"/>
      \(items.joined("\n"))
      </channel>
      </rss>

      """
    return GatewayResponse(contentType: "application/rss+xml; charset=utf-8", body: feed.bytes)
  }
}
