/// What search engines are told of (sitemaps.org): an index of parts, and parts of products by their ids.
enum Sitemap {
  /// Products of one part: as many as one question to the catalogue may name.
  static let productsPerPart: Int64 = 1000
  /// What an index may hold (sitemaps.org).
  static let maximumParts: Int64 = 50_000

  /// - Parameter newest: the highest id of a product.
  static func index(_ site: PageSite, newest: Int64) -> HTML {
    let parts = min(max(0, newest) / productsPerPart + 1, maximumParts)
    let entries = (0..<parts).map { part -> HTML in
      "<sitemap><loc>\(site.base)/sitemap/\(part).xml</loc></sitemap>"
    }
    return """
      <?xml version="1.0" encoding="utf-8"?>
      <sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
      <sitemap><loc>\(site.base)/sitemap/pages.xml</loc></sitemap>
      \(entries.joined("\n"))
      </sitemapindex>

      """
  }

  /// - Parameter paths: as they are in Turkish, with when each was changed last.
  static func part(_ site: PageSite, _ paths: [(path: String, changed: Int64?)]) -> HTML {
    let entries = paths.flatMap { entry in
      Language.allCases.map { language -> HTML in
        let changed = entry.changed.map { moment -> HTML in "<lastmod>\(CivilTime.rfc3339(moment))</lastmod>" }
        return "<url><loc>\(site.base)\(language.path(entry.path))</loc>\(changed)</url>"
      }
    }
    return """
      <?xml version="1.0" encoding="utf-8"?>
      <urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
      \(entries.joined("\n"))
      </urlset>

      """
  }

  static func robots(_ site: PageSite) -> String {
    """
    User-agent: *
    Disallow: /v1/
    Disallow: /go/
    Disallow: /search
    Disallow: /en/search
    Disallow: /chart/
    Disallow: /account
    Disallow: /en/account

    Sitemap: \(site.base)/sitemap.xml

    """
  }
}
