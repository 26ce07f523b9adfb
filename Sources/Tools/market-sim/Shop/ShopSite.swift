internal import HTTPTransport
internal import HTTPTypes
internal import NIOCore

/// A demo shop's web site.
struct ShopSite: Sendable {
  let shop: MarketShop
  let world: MarketWorld
  let faults: MarketFaults
  /// Where the shop is, without a slash at its end.
  let base: String
  let realTime: @Sendable () -> Int64

  func answer(_ request: HTTPRequest, _ writer: HTTPResponseWriter) async throws {
    let path = (request.path ?? "/").prefix { $0 != "?" }
    if path == "/robots.txt" {
      return Reply.text(writer, "User-agent: *\nDisallow: /cart\nDisallow: /admin\nAllow: /\n")
    }
    if let fault = faults.next(at: shop) { return try await fail(fault, writer) }
    let now = realTime()
    let moment = faults.moment(at: now)
    switch path {
    case "/": Reply.html(writer, index(moment))
    case "/feed.tsv":
      reply(request, writer, Array(feed(moment).tabSeparated.utf8), "text/tab-separated-values; charset=utf-8")
    case "/feed.xml": reply(request, writer, Array(feed(moment).xml.utf8), "application/rss+xml; charset=utf-8")
    default:
      if path.hasPrefix("/p/"), let product = world.product(String(path.dropFirst(3)), in: shop) {
        let page = ShopPage(
          shop: shop, product: product, state: state(product, moment), url: "\(base)/p/\(product.id(in: shop))")
        reply(request, writer, page.bytes, page.contentType)
      } else if path.hasPrefix("/img/"), path.hasSuffix(".svg") {
        reply(request, writer, Array(Self.image(String(path.dropFirst(5).dropLast(4))).utf8), "image/svg+xml")
      } else {
        Reply.text(writer, "no such page\n", status: 404)
      }
    }
  }

  private func state(_ product: MarketProduct, _ moment: Int64) -> MarketState {
    faults.price(of: product, at: shop) ?? world.state(shop, product, at: moment)
  }

  private func feed(_ moment: Int64) -> ShopFeed {
    ShopFeed(shop: shop, offers: world.products(of: shop).map { ($0, state($0, moment)) }, base: base)
  }

  private func index(_ moment: Int64) -> String {
    let rows = world.products(of: shop).map { product in
      let price = state(product, moment).price.map { PriceWriting.shown($0, in: shop) } ?? "—"
      return "<li><a href=\"/p/\(product.id(in: shop))\">\(MarkupText.html(product.title))</a> \(price)</li>"
    }
    return """
      <!doctype html><meta charset="utf-8"><title>\(MarkupText.html(shop.title))</title>
      <h1>\(MarkupText.html(shop.title))</h1><ul>\(rows.joined(separator: "\n"))</ul>
      """
  }

  /// Answers 304 when the client has these bytes already.
  private func reply(_ request: HTTPRequest, _ writer: HTTPResponseWriter, _ bytes: [UInt8], _ type: String) {
    let digest = SHA256.hash(bytes).prefix(8).map { String($0, radix: 16) }.joined()
    let etag = "\"\(digest)\""
    let asked = request.headerFields[.ifNoneMatch] ?? ""
    if asked == "*" || asked.split(separator: ",").contains(where: { $0.filter { $0 != " " } == etag }) {
      return writer.respond(HTTPResponse(status: .notModified, headerFields: [.eTag: etag]))
    }
    writer.respond(
      HTTPResponse(status: .ok, headerFields: [.contentType: type, .eTag: etag, .cacheControl: "no-cache"]),
      body: request.method == .head ? ByteBuffer() : ByteBuffer(bytes: bytes))
  }

  private static func image(_ id: String) -> String {
    let hue = id.utf8.reduce(0) { ($0 * 31 + Int($1)) % 360 }
    return """
      <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 200"><rect width="200" height="200" \
      fill="hsl(\(hue),45%,80%)"/><text x="100" y="108" text-anchor="middle" font-family="sans-serif" \
      font-size="24">\(MarkupText.html(id))</text></svg>
      """
  }

  private func fail(_ fault: MarketFaults.Order, _ writer: HTTPResponseWriter) async throws {
    switch fault.kind {
    case .rateLimit:
      var response = HTTPResponse(status: .tooManyRequests)
      response.headerFields[.retryAfter] = String(fault.retryAfter)
      writer.respond(response)
    case .status: writer.respond(HTTPResponse(status: .init(code: fault.status)))
    case .timeout:
      // The task ends when the client closes the connection.
      try await Task.sleep(for: .seconds(120))
      writer.respond(HTTPResponse(status: .gatewayTimeout))
    case .brokenHTML:
      Reply.html(
        writer, "<html><div><p itemprop=price>1.2.3,4 TL<div></p></b><script type=\"application/ld+json\">{\"@t")
    }
  }
}
