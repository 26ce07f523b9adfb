import Testing

@testable import OutboundHTTP
@testable import PricingService

@Suite("Sources over the network's stand-in")
struct PageSourceTests {
  static let page = "https://shop.example:443/p/1"
  static let listing = SourceListing(
    listingID: 1, shop: "atlas", externalID: "1", url: page, currency: "TRY", locale: "tr-TR")
  static let html = """
    <script type="application/ld+json">{"@type":"Product","offers":{"price":"12.50","priceCurrency":"TRY"}}</script>
    """

  struct Scene {
    let fetcher: ScriptedFetcher
    let time = TestTime()
    let client: PoliteClient

    init(_ answers: [String: ScriptedFetcher.Answer], configure: (inout PoliteClient.Configuration) -> Void = { _ in })
    {
      fetcher = ScriptedFetcher(answers)
      var configuration = PoliteClient.Configuration()
      configure(&configuration)
      let time = time
      client = PoliteClient(
        fetcher: fetcher, budget: LocalHostBudget { time.now }, configuration: configuration,
        clocks: PoliteClient.Clocks(
          uptime: { time.now }, wall: { 784_111_777 }, wait: { time.advance(by: $0) }))
    }

    var source: PageSource { PageSource(client: client) }

    func observe(_ listing: SourceListing = PageSourceTests.listing) async throws -> SourceOutcome {
      try await source.observe(listing)
    }

    func kind() async -> SourceError.Kind? {
      do {
        _ = try await observe()
        return nil
      } catch {
        return (error as? SourceError)?.kind
      }
    }
  }

  @Test("A page is read, and its validators go with the next request")
  func conditional() async throws {
    let scene = Scene([
      Self.page: .init(
        headers: ["content-type": "text/html", "etag": "\"a\"", "last-modified": "now"], body: Self.html)
    ])
    let validators = Validators(etag: "\"a\"", lastModified: "now")
    #expect(
      try await scene.observe()
        == .observed(SourceObservation(price: 1_250, currency: "TRY", availability: .inStock), validators: validators))
    scene.fetcher.set(.init(status: 304), for: Self.page)
    var listing = Self.listing
    listing.validators = validators
    #expect(try await scene.observe(listing) == .notModified)
    let last = try #require(scene.fetcher.requests.last)
    #expect(last.headers["if-none-match"] == "\"a\"")
    #expect(last.headers["if-modified-since"] == "now")
    #expect(last.headers["accept-language"] == "tr-TR, tr;q=0.9, *;q=0.5")
  }

  @Test(
    "Answers are told apart",
    arguments: [
      (404, SourceError.Kind?.none), (410, nil), (403, .refused(retryAfter: nil)), (500, .unreachable),
      (418, .unreadable),
      (304, .unreadable), (429, .refused(retryAfter: .seconds(60))),
    ])
  func statuses(status: Int, kind: SourceError.Kind?) async throws {
    let scene = Scene([Self.page: .init(status: status)])
    if let kind { #expect(await scene.kind() == kind) } else { #expect(try await scene.observe() == .gone) }
  }

  @Test("A host that says when to come again is not asked before")
  func retryAfter() async throws {
    let scene = Scene([Self.page: .init(status: 503, headers: ["retry-after": "90"])])
    #expect(await scene.kind() == .refused(retryAfter: .seconds(90)))
    let asked = scene.fetcher.requests.count
    scene.fetcher.set(.init(body: Self.html), for: Self.page)
    #expect(await scene.kind() == .refused(retryAfter: .seconds(90)))
    #expect(scene.fetcher.requests.count == asked)
    scene.time.advance(by: .seconds(90))
    #expect(await scene.kind() == nil)
  }

  @Test("robots.txt is asked once, and obeyed")
  func robots() async throws {
    let robots = "https://shop.example:443/robots.txt"
    let scene = Scene([
      robots: .init(body: "User-agent: *\nDisallow: /p/2"), Self.page: .init(body: Self.html),
    ])
    #expect(await scene.kind() == nil)
    #expect(await scene.kind() == nil)
    #expect(scene.fetcher.requests.count { $0.url == robots } == 1)
    var other = Self.listing
    other.url = "https://shop.example/p/2"
    await #expect(throws: SourceError.self) { try await scene.observe(other) }
    #expect(!scene.fetcher.requests.contains { $0.url == other.url })
  }

  @Test("A site whose robots.txt cannot be had is left alone")
  func robotsUnreachable() async {
    let scene = Scene([
      "https://shop.example:443/robots.txt": .init(status: 500), Self.page: .init(body: Self.html),
    ])
    #expect(await scene.kind() == .refused(retryAfter: .seconds(60)))
    #expect(!scene.fetcher.requests.contains { $0.url == Self.page })
  }

  @Test("Requests to one host keep their distance")
  func distance() async throws {
    let scene = Scene([Self.page: .init(body: Self.html)]) { $0.policy.interval = .seconds(3) }
    _ = try await scene.observe()
    #expect(scene.time.now == .seconds(3), "robots.txt, then the page")
    _ = try await scene.observe()
    #expect(scene.time.now == .seconds(6))
  }

  @Test("Errors of the network are told apart")
  func errors() async {
    let scene = Scene([:])
    scene.fetcher.fail(OutboundError(.forbiddenAddress, "no"))
    #expect(await scene.kind() == .forbiddenAddress)
    scene.fetcher.fail(OutboundError(.timeout, "no"))
    #expect(await scene.kind() == .unreachable)
    scene.fetcher.fail(OutboundError(.tooLarge, "no"))
    #expect(await scene.kind() == .unreadable)
  }

  @Test("A dead link that leads to the front page is no price, nor is another type of content")
  func misled() async {
    let scene = Scene([Self.page: .init(body: Self.html, url: "https://shop.example/")])
    #expect(await scene.kind() == .unreadable)
    scene.fetcher.set(.init(headers: ["content-type": "application/json"], body: "{}"), for: Self.page)
    #expect(await scene.kind() == .unreadable)
  }

  @Test("A feed is fetched once for all listings of its shop, and again when it is old")
  func feed() async throws {
    let url = "https://shop.example:443/feed.tsv"
    let scene = Scene([
      url: .init(
        headers: ["etag": "\"f\""], body: "id\tprice\n1\t12.50 TRY\n2\tx\n3\t9 EUR\n")
    ])
    let time = scene.time
    let source = FeedSource(
      client: scene.client, feeds: ["atlas": .init(url: url)],
      clocks: PoliteClient.Clocks(uptime: { time.now }, wall: { 0 }, wait: { time.advance(by: $0) }))
    func observe(_ id: String) async throws -> SourceOutcome {
      var listing = Self.listing
      listing.externalID = id
      return try await source.observe(listing)
    }
    let expected = SourceOutcome.observed(
      SourceObservation(price: 1_250, currency: "TRY", availability: .inStock), validators: Validators())
    #expect(try await observe("1") == expected)
    #expect(try await observe("2") == .gone)
    await #expect(throws: SourceError.self) { try await observe("3") }
    #expect(source.faults(of: "atlas").count == 1)
    #expect(scene.fetcher.requests.count { $0.url == url } == 1)
    time.advance(by: .seconds(1_000))
    scene.fetcher.set(.init(status: 304), for: url)
    #expect(try await observe("1") == expected)
    #expect(scene.fetcher.requests.last?.headers["if-none-match"] == "\"f\"")
  }
}
