internal import HTTPTransport
internal import HTTPTypes
internal import MeshMessages
internal import ProtobufBridge

/// What others take from the pages: feeds, pictures of charts, the sitemap, and the files of the pages themselves.
struct FeedRoutes {
  let sources: PageSources

  private typealias P = PageParameters
  private static let filters = [
    P.category.declaration, P.shop.declaration, P.discount.declaration, P.verdict.declaration,
  ]

  var routes: [Route] { Language.allCases.flatMap(routes) + files }

  private func routes(_ language: Language) -> [Route] {
    let code = language.code
    return [
      site(
        language.path("/deals.atom"), "dealsAtom-\(code)", "Open deals as Atom (\(code)).", .deals, Self.filters,
        .text("application/atom+xml")
      ) { try await feed($0, language, "/deals.atom").atom() },
      site(
        language.path("/deals.rss"), "dealsRSS-\(code)", "Open deals as RSS (\(code)).", .deals, Self.filters,
        .text("application/rss+xml")
      ) { try await feed($0, language, "/deals.rss").rss() },
      site(
        language.path("/feed.atom"), "feed-\(code)", "All open deals as Atom (\(code)).", .deals, [],
        .text("application/atom+xml")
      ) { try await feed($0, language, "/feed.atom").atom() },
      site(
        language.path("/manifest.webmanifest"), "manifest-\(code)", "How the pages are installed (\(code)).", nil, [],
        .text("application/manifest+json"), seconds: 3600
      ) { _ in Self.manifest(language) },
    ]
  }

  private var files: [Route] {
    [
      site(
        "/chart/{file}", "chart", "A product's price chart as a picture.", .product,
        [P.chartFile.declaration, P.span.declaration, P.theme.declaration, P.language.declaration],
        .text("image/svg+xml"), seconds: 60, handler: chart),
      site(
        "/sitemap.xml", "sitemap", "Which parts the sitemap has.", nil, [], .text("application/xml"), seconds: 3600,
        handler: sitemap),
      site(
        "/sitemap/pages.xml", "sitemapPages", "Pages besides those of products.", nil, [], .text("application/xml"),
        seconds: 3600, handler: sitemapPages),
      site(
        "/sitemap/{part}", "sitemapPart", "A thousand products of the sitemap.", nil, [P.sitemapFile.declaration],
        .text("application/xml"), seconds: 3600, handler: sitemapPart),
      site("/robots.txt", "robots", "What crawlers may read.", nil, [], .text("text/plain"), seconds: 3600) { _ in
        GatewayResponse(
          contentType: "text/plain; charset=utf-8", body: Array(Sitemap.robots(sources.site).utf8))
      },
      site("/icon.svg", "icon", "The pages' icon.", nil, [], .text("image/svg+xml"), seconds: 86_400) { _ in
        GatewayResponse(contentType: "image/svg+xml", body: Icon.file.bytes)
      },
      icon(180, PackageResources.icon_180_png), icon(192, PackageResources.icon_192_png),
      icon(512, PackageResources.icon_512_png),
      asset(SiteAssets.style, "style", .css), asset(SiteAssets.script, "script", .text("text/javascript")),
      asset(SiteAssets.operatorStyle, "operatorStyle", .css),
      asset(SiteAssets.operatorScript, "operatorScript", .text("text/javascript")),
      Route(
        .get, "/assets/{file}", "asset", tag: "pages", "A file of another version of the pages: this version's.",
        limit: .web, parameters: [P.assetFile.declaration], response: .text("text/css")
      ) { request in
        guard let asset = SiteAssets.latest(try request.required(P.assetFile)) else { throw Problem.noSuchPage }
        return asset.response
      },
    ]
  }

  private func site(
    _ path: String, _ operation: String, _ summary: String, _ shows: Route.Subject?,
    _ parameters: [ParameterDeclaration], _ content: Route.Content, seconds: Int = 60, handler: @escaping Route.Handler
  ) -> Route {
    var route = Route(
      .get, path, operation, tag: "pages", summary, freshness: .publicSeconds(seconds), limit: .web,
      parameters: parameters, response: content, handler: handler)
    route.shows = shows
    return route
  }

  /// The same for those who take no SVG, drawn by `dev/icons.py`.
  private func icon(_ size: Int, _ bytes: [UInt8]) -> Route {
    site("/icon-\(size).png", "icon\(size)", "The pages' icon.", nil, [], .text("image/png"), seconds: 86_400) { _ in
      GatewayResponse(contentType: "image/png", body: bytes)
    }
  }

  private func asset(_ asset: SiteAssets, _ operation: String, _ content: Route.Content) -> Route {
    Route(
      .get, asset.path, operation, tag: "pages", "A file of the pages.", freshness: .immutable, limit: .web,
      response: content
    ) { _ in asset.response }
  }

  // MARK: Handlers

  private func feed(_ request: GatewayRequest, _ language: Language, _ path: String) async throws -> DealFeed {
    let items = ["category", "shop", "min_discount", "verdict"].map { (name: $0, value: request.query[$0] ?? "") }
    let context = PageContext(site: sources.site, language: language, path: path)
    let deals = try await sources.deals(try request.dealFilter(), order: .newest, size: 50).deals
    return DealFeed(
      context: context, path: path + WebAddress.query(items), entries: deals.map { DealFeed.Entry($0, context) })
  }

  @Sendable private func chart(_ request: GatewayRequest) async throws -> GatewayResponse {
    let id = try request.required(P.chartFile)
    let span = try request.value(P.span) ?? .quarter
    let look = try request.value(P.theme) ?? .light
    let language = try request.value(P.language) ?? .turkish
    let facts = try await sources.facts(id, span)
    let context = PageContext(site: sources.site, language: language, path: "/p/\(id)")
    let now = sources.now()
    return await withTaskExecutorPreference(globalConcurrentExecutor) {
      let model = ProductModel(facts, span: span, now: now, context)
      let title = "\(model.title). \(model.chartTitle)"
      let plan = ChartPlan(model.series, size: .picture, reference: model.reference, language: language)
      let drawing = plan.map { ChartSVG(plan: $0, look: look, language: language, title: title).drawing() }
      return GatewayResponse(
        contentType: "image/svg+xml",
        body: (drawing ?? ChartSVG.empty(language(.chartNone), look)).bytes)
    }
  }

  @Sendable private func sitemap(_ request: GatewayRequest) async throws -> GatewayResponse {
    let newest = try await sources.backends.catalog.listProducts(
      CatalogV1.ListProductsRequest(order: .newest, page: CommonV1.Page(size: 1)), options: sources.backends.read)
    return Self.xml(Sitemap.index(sources.site, newest: newest.products.first?.id ?? 0))
  }

  @Sendable private func sitemapPages(_ request: GatewayRequest) async throws -> GatewayResponse {
    let tree = try await sources.tree.value()
    let paths = ["/", "/deals", "/categories"] + tree.paths.map { "/c/" + WebAddress.encode($0, keepsSlashes: true) }
    return Self.xml(Sitemap.part(sources.site, paths.map { ($0, nil) }))
  }

  @Sendable private func sitemapPart(_ request: GatewayRequest) async throws -> GatewayResponse {
    let part = try request.required(P.sitemapFile)
    guard part < Sitemap.maximumParts else { throw Problem.noSuchPage }
    let first = part * Sitemap.productsPerPart + 1
    let answer = try await sources.backends.catalog.batchGetProducts(
      .with { $0.ids = Array(first..<first + Sitemap.productsPerPart) }, options: sources.backends.read)
    let active = answer.products.filter { $0.status != .retired }
    return Self.xml(Sitemap.part(sources.site, active.map { ("/p/\($0.id)", $0.updatedAt?.seconds) }))
  }

  private static func xml(_ text: HTML) -> GatewayResponse {
    GatewayResponse(contentType: "application/xml; charset=utf-8", body: text.bytes)
  }

  private static func manifest(_ language: Language) -> GatewayResponse {
    let text = """
      {"name":"Fiyatradarı","short_name":"Fiyatradarı","lang":"\(language.code)","start_url":"\(language.path("/"))",\
      "scope":"/","display":"standalone","background_color":"#ffffff","theme_color":"#0b7a5d",\
      "description":"\(language(.tagline))",\
      "icons":[{"src":"/icon.svg","type":"image/svg+xml","sizes":"any","purpose":"any"},\
      {"src":"/icon-192.png","type":"image/png","sizes":"192x192","purpose":"any maskable"},\
      {"src":"/icon-512.png","type":"image/png","sizes":"512x512","purpose":"any maskable"}]}

      """
    return GatewayResponse(contentType: "application/manifest+json", body: Array(text.utf8))
  }
}
