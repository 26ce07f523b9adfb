import Compression
import HTTPTypes
import MeshMessages
import MeshRPC
import NIOCore
import ProtobufBridge
import Synchronization
import Testing

@testable import EdgeGateway

@Suite("Pages over the services")
struct PageTests {
  private static let html = [("accept", "text/html,application/xhtml+xml;q=0.9")]

  @Test(
    "Every page is there in both languages, kept and asked for again like the API, under a policy without exceptions",
    arguments: ["/", "/deals", "/search?q=kulaklik", "/search", "/categories", "/c/elektronik/kulaklik", "/p/7"])
  func everyPage(path: String) async throws {
    let gateway = try GatewayFixture()
    for language in Language.allCases {
      let page = try await gateway.get(language.path(path), Self.html)
      #expect(page.status == 200, "\(page.body)")
      #expect(page["content-type"] == "text/html; charset=utf-8")
      #expect(page.body.contains("<html lang=\"\(language.code)\">"))
      #expect(page["content-security-policy"] == PageSite(base: "", imageOrigins: ["http://127.0.0.1:81"]).policy)
      #expect(page["cache-control"]?.hasPrefix("public, max-age=") == true)
      let tag = try #require(page["etag"])
      let again = try await gateway.get(language.path(path), [("if-none-match", tag)])
      #expect(again.status == 304 && again.body.isEmpty)
      for inline in [" style=", " onclick=", "javascript:", "<style"] {
        #expect(!page.body.contains(inline), "\(inline)")
      }
      #expect(page.body.components("<h1>") == 1 && page.body.components("<main") == 1)
      #expect(page.body.contains(" hreflang=\"\(language.other.code)\" lang=\"\(language.other.code)\""))
    }
  }

  @Test("A page that is listed says where it is in each language; parts and searches are not listed")
  func listing() async throws {
    let gateway = try GatewayFixture()
    let page = try await gateway.get("/en/p/7?days=30").body
    #expect(page.contains("<link rel=\"canonical\" href=\"https://fiyat.example/en/p/7\">"))
    #expect(page.contains("hreflang=\"tr\" href=\"https://fiyat.example/p/7\">"))
    #expect(page.contains("hreflang=\"x-default\" href=\"https://fiyat.example/p/7\">"))
    for path in ["/search?q=x", "/deals?shop=a", "/c/elektronik?page_token=abc"] {
      let page = try await gateway.get(path).body
      #expect(page.contains("<meta name=\"robots\" content=\"noindex\">") && !page.contains("canonical"), "\(path)")
    }
  }

  @Test("A product's page shows price, verdict, chart with its table, statistics, offers and data for search engines")
  func product() async throws {
    let gateway = try GatewayFixture()
    let page = try await gateway.get("/p/7").body
    for part in [
      "1.299,00\u{a0}TL", "<figure class=\"chart\"", "class=\"wide\"", "class=\"narrow\"", "<table class=\"changes\">",
      "<table class=\"windows\">", "Son 30 gün", "class=\"c-line\"", "application/ld+json", "\"lowPrice\":\"1299.00\"",
      "Son 30 günün en düşük fiyatı 1.484,00\u{a0}TL idi; gerçek indirim %12,5, iddia edilen %40.",
      "rel=\"noopener noreferrer nofollow\" href=\"/go/11\"", "<article data-product=\"7\">", "/chart/7.svg?days=90",
      "<a href=\"/c/elektronik/kulaklik\">Kulaklık &lt;b&gt;</a>",
    ] { #expect(page.contains(part), "\(part)") }
    #expect(page.contains("action=\"/account/alerts/new\"") && page.contains("Haber ver"))
    #expect(!page.contains("/go/12"))
    let request = try #require(gateway.services.last(PricingV1.GetPriceHistoryRequest.self))
    #expect(request.subject == .productId(7) && request.from?.seconds == 1_764_000_000 - 90 * 86_400)
    #expect(try await gateway.get("/p/7?days=all").status == 200)
    let whole = try #require(gateway.services.last(PricingV1.GetPriceHistoryRequest.self))
    #expect(whole.from == nil && whole.resolution == .days)
  }

  @Test(
    "Titles of any kind are shown as text everywhere",
    arguments: [
      "/", "/deals", "/search?q=%3Cscript%3Ealert(1)%3C%2Fscript%3E", "/c/elektronik/kulaklik", "/p/7", "/p/7?days=all",
      "/deals.atom", "/deals.rss", "/chart/7.svg", "/deals?shop=x&category=%22%3E%3Cscript%3Ealert(1)",
      "/c/%22%3E%3Cscript%3Ealert(1)",
    ])
  func escaping(path: String) async throws {
    let gateway = try GatewayFixture()
    let reply = try await gateway.get(path)
    #expect(reply.status == 200)
    #expect(
      !reply.body.contains("<script>") && !reply.body.contains("<img src=x")
        && !reply.body.replacing("\\\"\u{301}", with: "").contains("\"\u{301} on"))
    #expect(!reply.body.contains("javascript:"))
    if !path.hasPrefix("/search"), !path.contains("script") {
      #expect(reply.body.contains("&lt;script&gt;"), "\(reply.body)")
    }
  }

  @Test("Links with foreign parameters and forms with empty fields lead to the same page")
  func foreignParameters() async throws {
    let gateway = try GatewayFixture()
    let plain = try await gateway.get("/deals")
    let asked = gateway.services.requestCount
    for query in ["?utm_source=x&fbclid=1", "?category=&shop=&min_discount=&verdict=&sort=&page_token="] {
      let page = try await gateway.get("/deals" + query)
      #expect(page.status == 200 && page.body == plain.body)
    }
    // The very same question: it was answered from what is kept.
    #expect(gateway.services.requestCount == asked)
    #expect(try await gateway.get("/v1/deals?utm_source=x").status == 400)
  }

  @Test("Filters reach the services")
  func filters() async throws {
    let gateway = try GatewayFixture()
    let path = "/deals?category=elektronik&shop=shop-a&min_discount=2000&verdict=genuine&sort=newest&page_token=abc"
    let page = try await gateway.get(path).body
    let deals = try #require(
      gateway.services.all(PricingV1.ListDealsRequest.self).first { $0.filter?.category == "elektronik" })
    #expect(deals.filter?.shop == "shop-a" && deals.filter?.minDiscountBasisPoints == 2000)
    #expect(deals.filter?.verdict == .genuine && deals.order == .newest && deals.page?.token == "abc")
    #expect(page.contains("<option value=\"genuine\" selected>") && page.contains("<option value=\"2000\" selected>"))
    #expect(page.contains("/deals.atom?category=elektronik&amp;shop=shop-a&amp;min_discount=2000&amp;verdict=genuine"))
    #expect(page.contains("hreflang=\"en\" lang=\"en\">") && page.contains("href=\"/en/deals?category=elektronik"))
    let search = "/search?q=kul&brand=X&min_price=1.299,90&max_price=2000&on_sale=true&sort=-price"
    #expect(try await gateway.get(search).body.contains("value=\"1.299,90\""))
    let found = try #require(
      gateway.services.all(CatalogV1.SearchProductsRequest.self).first { $0.filter?.brand == "X" })
    #expect(found.filter?.minPrice == 129_990 && found.filter?.maxPrice == 200_000 && found.filter?.currency == "TRY")
    #expect(found.filter?.onSale == true && found.order == .priceDescending && found.query == "kul")
    #expect(try await gateway.get("/c/elektronik/kulaklik").status == 200)
    // Products without a price are in no other order.
    #expect(gateway.services.last(CatalogV1.ListProductsRequest.self)?.order == .newest)
    #expect(try await gateway.get("/c/elektronik/kulaklik?sort=price").status == 200)
    let list = try #require(gateway.services.last(CatalogV1.ListProductsRequest.self))
    #expect(list.filter?.category == "elektronik/kulaklik" && list.order == .price && list.filter?.currency == "TRY")
  }

  @Test(
    "Whoever asks for HTML gets problems as pages, programs get problem details",
    arguments: [
      ("/yok", 404), ("/en/nothing/here", 404), ("/p/8", 404), ("/p/abc", 400), ("/deals?min_discount=x", 400),
      ("/c/yok", 200), ("/search?q=a&min_price=5&max_price=1", 400),
    ])
  func problems(path: String, status: Int) async throws {
    let gateway = try GatewayFixture()
    let page = try await gateway.get(path, Self.html)
    #expect(page.status == status, "\(page.body)")
    guard status != 200 else { return }
    #expect(page["content-type"] == "text/html; charset=utf-8" && page["cache-control"] == "no-store")
    #expect(page["vary"] == "Accept" && page.body.contains("<html lang=\"\(path.hasPrefix("/en") ? "en" : "tr")\">"))
    #expect(page.body.contains("<p class=\"code\" aria-hidden=\"true\">\(status)</p>"))
    let program = try await gateway.get(path, [("accept", "application/json")])
    #expect(program.status == status && program["content-type"] == "application/problem+json")
    #expect(try await gateway.get("/v1/yok", Self.html)["content-type"] == "application/problem+json")
  }

  @Test("A service that is away, a mistake of ours, and too many requests have pages of their own")
  func failures() async throws {
    let gateway = try GatewayFixture()
    for (code, status, words) in [
      (RPCError.Code.unavailable, 503, "Şu anda gösteremiyoruz"), (.internal, 500, "Bir şeyler ters gitti"),
      (.resourceExhausted, 429, "Biraz yavaş"), (.deadlineExceeded, 504, "Şu anda gösteremiyoruz"),
    ] {
      gateway.services.fail(with: RPCError(code: code, message: "at 10.0.0.1"))
      let page = try await gateway.get("/p/7", Self.html + [("x-request-id", "req-9")])
      #expect(page.status == status && page.body.contains(words) && page.body.contains("req-9"))
      #expect(!page.body.contains("10.0.0.1"))
    }
    let limited = try GatewayFixture(policies: [.web: RatePolicy(requestsPerSecond: 1, burst: 1)])
    #expect(try await limited.get("/categories", Self.html).status == 200)
    let refused = try await limited.get("/search", Self.html)
    #expect(refused.status == 429 && refused["retry-after"] != nil && refused.body.contains("1 saniye sonra"))
  }

  @Test("The style sheet and the script are had once and for good; those of another version are not kept")
  func assets() async throws {
    let gateway = try GatewayFixture()
    let page = try await gateway.get("/").body
    for (asset, type) in [(SiteAssets.style, "text/css"), (SiteAssets.script, "text/javascript")] {
      #expect(page.contains("\"\(asset.path)\""))
      let file = try await gateway.get(asset.path)
      #expect(file.status == 200 && file["content-type"]?.hasPrefix(type) == true)
      #expect(file["cache-control"] == "public, max-age=31536000, immutable")
    }
    let old = try await gateway.get("/assets/0123456789abcdef.css")
    #expect(
      old.status == 200 && old["cache-control"] == "no-store"
        && old.body == String(decoding: SiteAssets.style.bytes, as: UTF8.self))
    #expect(try await gateway.get("/assets/x.png").status == 404)
  }

  @Test(
    "A product's page with its style sheet and script weighs at most 30 KB compressed, with a year of daily changes")
  func weight() async throws {
    let gateway = try GatewayFixture()
    var total = 0
    for path in ["/p/7?days=365", SiteAssets.style.path, SiteAssets.script.path] {
      let reply = try await gateway.get(path)
      #expect(reply.status == 200)
      var compressed = ByteBuffer()
      try DeflateStream(.gzip, level: 6).compress(ByteBuffer(string: reply.body), into: &compressed)
      total += compressed.readableBytes
    }
    #expect(total <= 30_000, "\(total) bytes")
    print("a product's page, its style sheet and script: \(total) bytes compressed")
  }

  @Test("A page of a product grows old when the product changes, a list when its category does")
  func scopes() throws {
    let gateway = try GatewayFixture()
    let router = Router(gateway.routes)
    func scope(_ path: String) throws -> CacheScope {
      let parts = path.split(separator: "?", maxSplits: 1)
      guard case .found(let known, let values) = try router.match(.get, parts[0]) else { throw Problem.noSuchPage }
      let query = try QueryItems(parts.count == 2 ? parts[1] : "")
      let request = GatewayRequest(
        head: HTTPRequest(method: .get, scheme: nil, authority: nil, path: path), known: known, pathValues: values,
        query: query, connection: .inside, body: nil)
      return CacheQuestion(request).scope
    }
    for path in ["/p/7", "/en/p/7", "/chart/7.svg?days=30", "/v1/products/7/history"] {
      #expect(try scope(path) == .product(ChangeBoard.slot(product: 7)), "\(path)")
    }
    let list = CacheScope.list(ChangeBoard.slot(category: "a/b"))
    for path in ["/c/a/b", "/en/c/a/b", "/deals?category=a/b", "/search?q=x&category=a/b", "/deals.atom?category=a/b"] {
      #expect(try scope(path) == list, "\(path)")
    }
    for path in ["/", "/en", "/deals", "/deals?category=", "/v1/deals", "/feed.atom"] {
      #expect(try scope(path) == .list(ChangeBoard.everything), "\(path)")
    }
    #expect(try scope("/categories") == .constant)
  }

  @Test("Feeds have the deals with the reason of their verdict, addresses whole")
  func feeds() async throws {
    let gateway = try GatewayFixture()
    let atom = try await gateway.get("/deals.atom?shop=shop-a&min_discount=1000")
    #expect(atom["content-type"] == "application/atom+xml; charset=utf-8")
    #expect(atom.body.contains("<id>https://fiyat.example/deals.atom?shop=shop-a&amp;min_discount=1000</id>"))
    #expect(atom.body.contains("<link href=\"https://fiyat.example/p/7\"/>") && atom.body.contains("%12,5"))
    #expect(gateway.services.last(PricingV1.ListDealsRequest.self)?.filter?.shop == "shop-a")
    let rss = try await gateway.get("/en/deals.rss")
    #expect(rss["content-type"] == "application/rss+xml; charset=utf-8")
    #expect(rss.body.contains("<link>https://fiyat.example/en/p/7</link>") && rss.body.contains("GMT</pubDate>"))
    #expect(try await gateway.get("/feed.atom").status == 200)
    #expect(try await gateway.get("/deals.atom?min_discount=x").status == 400)
  }

  @Test("The chart as a picture has fixed colours, and is there without prices too")
  func picture() async throws {
    let gateway = try GatewayFixture()
    let light = try await gateway.get("/chart/7.svg?lang=en")
    let dark = try await gateway.get("/chart/7.svg?theme=dark&days=30")
    #expect(light["content-type"] == "image/svg+xml" && light.body.contains("fill=\"#ffffff\""))
    #expect(dark.body.contains("fill=\"#14181d\"") && !dark.body.contains("class=") && !dark.body.contains("<style"))
    #expect(light.body.hasPrefix("<svg xmlns=\"http://www.w3.org/2000/svg\""))
    for (path, status) in [
      ("/chart/8.svg", 404), ("/chart/7.png", 400), ("/chart/.svg", 400), ("/chart/x.svg", 400),
      ("/chart/7.svg?theme=pink", 400), ("/chart/99999999999999999999.svg", 400),
    ] { #expect(try await gateway.get(path).status == status, "\(path)") }
  }

  @Test("The sitemap lists its parts, and each its products; robots are told of it")
  func sitemap() async throws {
    let gateway = try GatewayFixture()
    #expect(try await gateway.get("/sitemap.xml").body.contains("<loc>https://fiyat.example/sitemap/0.xml</loc>"))
    let part = try await gateway.get("/sitemap/0.xml")
    #expect(part["content-type"] == "application/xml; charset=utf-8")
    #expect(part.body.contains("<loc>https://fiyat.example/p/7</loc>") && part.body.contains("/en/p/7</loc>"))
    #expect(gateway.services.last(CatalogV1.BatchGetProductsRequest.self)?.ids == Array(1...1000))
    #expect(try await gateway.get("/sitemap/pages.xml").body.contains("/c/elektronik/kulaklik</loc>"))
    #expect(try await gateway.get("/sitemap/9223372036854775807.xml").status == 404)
    #expect(try await gateway.get("/sitemap/x.xml").status == 400)
    let robots = try await gateway.get("/robots.txt").body
    #expect(robots.contains("Sitemap: https://fiyat.example/sitemap.xml") && robots.contains("Disallow: /en/account\n"))
    let manifest = try await gateway.get("/en/manifest.webmanifest")
    #expect(try GoogleProtobuf.Struct(json: Array(manifest.body.utf8)).fields["start_url"]?.kind == .stringValue("/en"))
    #expect(try await gateway.get("/icon.svg")["content-type"] == "image/svg+xml")
    for size in [180, 192, 512] {
      let icon = try await gateway.get("/icon-\(size).png")
      #expect(icon.status == 200 && icon["content-type"] == "image/png" && icon.body.contains("IHDR"))
    }
  }

  @Test("What accounts and live deals bring has its place, and is shown when it is there")
  func features() throws {
    let site = PageSite(
      base: "https://fiyat.example", features: PageFeatures(accounts: true, liveDeals: "/v1/deals/stream"))
    let context = PageContext(site: site, language: .english, path: "/")
    let home = HomePage(context: context, deals: [], categories: []).response()
    #expect(String(buffer: home.body).contains("data-live=\"/v1/deals/stream\""))
    #expect(String(buffer: home.body).contains("href=\"/en/account/sign-in\" rel=\"nofollow\">Sign in</a>"))
    let without = PageSite(base: "https://fiyat.example", features: PageFeatures(accounts: false))
    let plain = HomePage(
      context: PageContext(site: without, language: .english, path: "/"), deals: [], categories: []
    ).response()
    #expect(!String(buffer: plain.body).contains("account") && plain.fields[.vary] == nil)
    let statistics = PricingV1.PriceStatistics.with {
      $0.currency = "TRY"
      $0.price = CommonV1.Money(currency: "TRY", minorUnits: 129_900)
    }
    let facts = ProductFacts(
      product: FakeServices.product, prices: [], histories: [], statistics: statistics, deals: [])
    let model = ProductModel(facts, span: .quarter, now: 1_764_000_000, context)
    let page = String(buffer: ProductPage(context: context, model: model, tree: CategoryTree()).response().body)
    #expect(page.contains("name=\"target\" inputmode=\"decimal\" maxlength=\"20\" value=\"1234.00\""))
  }
}

@Suite("What pages keep")
struct MemoTests {
  private struct Away: Error {}

  @Test("A value is fetched when it is old, and an old one serves on while there is no newer one")
  func kept() async throws {
    let answers = Mutex<[Int?]>([1, nil, 2])
    let memo = Memo<Int>(lifetime: 100) {
      guard let answer = answers.withLock({ $0.removeFirst() }) else { throw Away() }
      return answer
    }
    #expect(try await memo.value(1000) == 1)
    #expect(try await memo.value(1099) == 1)
    #expect(try await memo.value(1100) == 1)
    #expect(try await memo.value(1101) == 2)
    let never = Memo<Int>(lifetime: 100) { throw Away() }
    await #expect(throws: Away.self) { try await never.value(0) }
  }

  @Test("A file of one version is not kept as that of another")
  func versions() throws {
    func key(_ path: String, _ freshness: Route.Freshness) throws -> CacheKey {
      let route = Route(.get, path, "style", tag: "", "", freshness: freshness, response: .css) { _ in .noContent }
      return CacheQuestion(
        GatewayRequest(
          head: HTTPRequest(method: .get, scheme: nil, authority: nil, path: path), known: KnownRoute(route),
          pathValues: [],
          query: QueryItems(), connection: .inside, body: nil)
      ).key
    }
    #expect(try key("/assets/a.css", .immutable) != key("/assets/b.css", .immutable))
  }
}

@Suite("Categories of pages")
struct CategoryTreeTests {
  @Test("The tree knows names and trails, and is not led astray by an address")
  func trails() {
    let tree = CategoryTree([
      .with { ($0.path, $0.name, $0.productCount) = ("a", "A", 5) },
      .with { ($0.path, $0.name, $0.productCount) = ("a/b", "B", 3) },
      .with { ($0.path, $0.name, $0.productCount) = ("a/c", "C", 0) }, .with { $0.path = "" },
    ])
    #expect(tree.trail("a/b").map(\.name) == ["A", "B"] && tree.trail("a/x/y").map(\.path) == ["a", "a/x", "a/x/y"])
    #expect(tree.below("").map(\.path) == ["a"] && tree.below("a").map(\.path) == ["a/b"])
    #expect(tree.trail("").isEmpty && tree.trail("//").count <= 16)
    #expect(tree.trail(String(repeating: "/a", count: 5000)).count == 16)
    #expect(tree.choices.map(\.depth) == [0, 1] && tree.name("x/y") == "y")
  }
}
