internal import OutboundHTTP

/// Reads listings from their product pages.
package final class PageSource: PriceSource {
  private let client: PoliteClient
  private let selectors: [String: ShopSelectors]
  private let reader: PageReader
  private let maximumBytes: Int

  /// - Parameters:
  ///   - selectors: by shop.
  ///   - maximumBytes: of a page. Default 4 MiB.
  package init(client: PoliteClient, selectors: [String: ShopSelectors] = [:], maximumBytes: Int = 4 << 20) {
    self.client = client
    self.selectors = selectors
    self.maximumBytes = maximumBytes
    var reader = PageReader()
    reader.limits.bytes = maximumBytes
    self.reader = reader
  }

  package func observe(_ listing: SourceListing) async throws -> SourceOutcome {
    var request = OutboundRequest(.get, listing.url)
    request.headers.append("accept", "text/html, application/xhtml+xml;q=0.9")
    if !listing.locale.isEmpty { request.headers.append("accept-language", Self.acceptLanguage(listing.locale)) }
    Self.makeConditional(&request, listing.validators)
    request.maxResponseBytes = maximumBytes
    let response = try await client.send(request)
    switch response.status {
    case 200: break
    case 304 where listing.validators != nil: return .notModified
    case 404, 410: return .gone
    case 401, 403, 451:
      throw SourceError(.refused(retryAfter: nil), "the shop answered \(response.status)")
    case 500...: throw SourceError(.unreachable, "the shop answered \(response.status)")
    default: throw SourceError(.unreadable, "the shop answered \(response.status)")
    }
    // A shop that sends a dead link to its front page shows other products' prices there.
    let asked = try? OutboundURL(listing.url)
    if response.url.target == "/", let asked, asked.target != "/" {
      throw SourceError(.unreadable, "the shop led to its front page")
    }
    let content = PageContentType(response.headers["content-type"] ?? "text/html")
    guard content.isHTML else { throw SourceError(.unreadable, "the shop sent no HTML page") }
    let (reader, selectors) = (reader, selectors[listing.shop])
    // Parsing a large page takes tens of milliseconds: not on an event loop.
    let observation = try await Self.onGlobalPool {
      try reader.read(response.body, charset: content.charset, listing: listing, selectors: selectors)
    }
    return .observed(observation, validators: Self.validators(response))
  }

  @concurrent
  private static func onGlobalPool<Result: Sendable>(
    _ body: @Sendable () throws -> Result
  ) async throws -> Result {
    try await withTaskExecutorPreference(globalConcurrentExecutor) { try body() }
  }

  static func makeConditional(_ request: inout OutboundRequest, _ validators: Validators?) {
    guard let validators else { return }
    if let etag = validators.etag { request.headers.append("if-none-match", etag) }
    if let date = validators.lastModified { request.headers.append("if-modified-since", date) }
  }

  /// Those that are short enough to keep and can be sent back.
  static func validators(_ response: OutboundResponse) -> Validators {
    func usable(_ name: String) -> String? {
      response.headers[name].flatMap { value in
        value.utf8.count <= 256 && value.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7f } && !value.isEmpty ? value : nil
      }
    }
    return Validators(etag: usable("etag"), lastModified: usable("last-modified"))
  }

  /// `tr-TR, tr;q=0.9, *;q=0.5`. Characters that a tag cannot have are left out.
  private static func acceptLanguage(_ locale: String) -> String {
    let tag = String(locale.prefix(35).filter { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") })
    guard let language = tag.split(separator: "-").first else { return "*" }
    return "\(tag), \(language);q=0.9, *;q=0.5"
  }
}

/// The parts of a Content-Type that matter here.
struct PageContentType: Sendable, Hashable {
  /// Lower case, without parameters.
  let media: String
  let charset: String?

  init(_ value: String) {
    let parts = value.split(separator: ";")
    media = (parts.first ?? "").filter { !$0.isWhitespace }.lowercased()
    charset =
      parts.dropFirst().lazy.compactMap { part -> String? in
        let pair = part.split(separator: "=", maxSplits: 1)
        guard pair.count == 2, pair[0].filter({ !$0.isWhitespace }).lowercased() == "charset" else { return nil }
        return pair[1].filter { $0 != "\"" && !$0.isWhitespace }
      }.first
  }

  var isHTML: Bool { media == "text/html" || media == "application/xhtml+xml" }
}
