internal import Compression
internal import HTTPTransport
internal import HTTPTypes
internal import NIOCore
internal import Synchronization

/// An answer that is kept: its bytes, ready to be sent, and when they were right.
package final class CacheEntry: Sendable {
  /// One way to send it, whole and as "you have it already" (304).
  final class Variant: Sendable {
    /// As a hit has them, without `content-length`.
    let fields: HTTPFields
    let body: ByteBuffer
    /// The entity tag without its quotes.
    let tag: [UInt8]
    private let prepared = AtomicLazyReference<Prepared>()

    private final class Prepared: Sendable {
      let whole: PreparedResponse
      let notModified: PreparedResponse

      init(_ fields: HTTPFields, _ body: ByteBuffer) {
        var head = HeaderBlock(HTTPResponse(status: .ok, headerFields: fields))
        head.append("content-length", String(body.readableBytes))
        whole = PreparedResponse(head: head, body: body)
        var fields = fields
        fields[.contentType] = nil
        fields[.contentEncoding] = nil
        notModified = PreparedResponse(
          head: HeaderBlock(HTTPResponse(status: .notModified, headerFields: fields)), body: ByteBuffer())
      }
    }

    init(fields: HTTPFields, body: ByteBuffer, tag: [UInt8]) {
      self.fields = fields
      self.body = body
      self.tag = tag
    }

    // Made when they are first wanted: most answers are asked for once, and that one goes through the middlewares.
    private var responses: Prepared { prepared.load() ?? prepared.storeIfNil(Prepared(fields, body)) }
    var whole: PreparedResponse { responses.whole }
    var notModified: PreparedResponse { responses.notModified }

    /// Bytes that it holds, about; its heads take some 1.5 KiB.
    var byteCount: Int { body.readableBytes + 1536 }
  }

  enum Standing: Equatable { case fresh, stale, unusable }

  let key: CacheKey
  let question: CacheQuestion
  let scope: CacheScope
  /// When the question was asked, and when the answer was there, in milliseconds since 1970.
  let startedAt: Int64
  let createdAt: Int64
  /// As the route gave it.
  let response: GatewayResponse
  let plain: Variant
  /// Whether a client that takes gzip gets another body.
  let isCompressible: Bool
  private let digest: String
  private let lifetime: ChangeBoard.Limits
  private let errorUntil: Int64
  private let cacheControl: String
  private let gzip = Mutex<Variant?>(nil)
  /// Whether someone is fetching a newer one.
  let isRenewing = Atomic<Bool>(false)
  /// Whether it was used since the table last looked for room. Not yet: what is asked for once goes first.
  let wasUsed = Atomic<Bool>(false)
  /// By which limit requests for it are counted; nil for none.
  let tier: RateTier?
  /// What counts requests for its route.
  let figures: HTTPMetrics.RouteFigures

  /// Bodies below this are not worth compressing.
  static let minimumCompressed = 860

  init(
    _ question: CacheQuestion, key: CacheKey, _ response: GatewayResponse, startedAt: Int64, createdAt: Int64,
    fresh: Int64, configuration: CacheConfiguration, figures: HTTPMetrics.RouteFigures
  ) {
    self.key = key
    self.question = question
    self.figures = figures
    scope = question.scope
    tier = question.route.limit.tier
    self.startedAt = startedAt
    self.createdAt = createdAt
    self.response = response
    lifetime = ChangeBoard.Limits(
      freshUntil: createdAt + fresh, staleUntil: createdAt + fresh + configuration.revalidation)
    errorUntil = createdAt + fresh + configuration.onError
    var browser = Int64(0)
    let isImmutable = question.route.freshness == .immutable
    if case .publicSeconds(let seconds) = question.route.freshness { browser = min(Int64(seconds), fresh / 1000) }
    // Browsers ask again soon, which a 304 answers; shared caches may keep it as long as this one does.
    cacheControl =
      isImmutable
      ? ConditionalRequests.immutable
      : "public, max-age=\(browser), s-maxage=\(fresh / 1000), "
        + "stale-while-revalidate=\(configuration.revalidation / 1000), stale-if-error=\(configuration.onError / 1000)"
    digest = BodyDigest.text(response.body)
    plain = Self.variant(response, body: response.body, digest: digest, encoding: nil, cacheControl)
    isCompressible = Self.isCompressible(response)
  }

  private static func variant(
    _ response: GatewayResponse, body: ByteBuffer, digest: String, encoding: String?, _ cacheControl: String
  ) -> Variant {
    let tag = digest + (encoding.map { "-" + $0 } ?? "")
    var fields = response.fields
    fields[.eTag] = "\"\(tag)\""
    fields[.cacheControl] = cacheControl
    fields[.vary] = "Accept-Encoding" + (response.fields[.vary].map { ", " + $0 } ?? "")
    fields[.contentEncoding] = encoding
    // What is sent as it stands is a hit; those who waited for it are told otherwise.
    fields[.cacheStatus] = CacheStatus.hit.rawValue
    SecurityHeaders.apply(to: &fields)
    return Variant(fields: fields, body: body, tag: Array(tag.utf8))
  }

  // MARK: Variants

  private static func isCompressible(_ response: GatewayResponse) -> Bool {
    guard response.body.readableBytes >= minimumCompressed, let type = response.fields[.contentType] else {
      return false
    }
    return type.hasPrefix("text/") || type.hasPrefix("application/json") || type.hasPrefix("image/svg+xml")
      || type.hasPrefix("application/xml") || type.hasPrefix("application/atom+xml")
      || type.hasPrefix("application/rss+xml")
  }

  /// The variant for a client; nil when its body must be compressed first.
  func variant(acceptsGzip: Bool) -> Variant? {
    acceptsGzip && isCompressible ? gzip.withLock { $0 } : plain
  }

  /// Makes the compressed variant. Takes a few milliseconds for a large body.
  func compress() -> Variant {
    var body = ByteBuffer()
    do {
      try DeflateStream(.gzip, level: 6).compress(response.body, into: &body)
    } catch {
      // Without memory for it the plain body serves as well.
      return plain
    }
    let made = Self.variant(response, body: body, digest: digest, encoding: "gzip", cacheControl)
    gzip.withLock { $0 = made }
    return made
  }

  /// Bytes that it holds, about.
  var byteCount: Int { 1024 + plain.byteCount + (gzip.withLock { $0?.byteCount } ?? 0) }

  // MARK: Time

  func standing(_ now: Int64, _ board: ChangeBoard) -> Standing {
    guard
      let limits = board.limits(scope, startedAt: startedAt, createdAt: createdAt, lifetime)
    else { return .unusable }
    if now < limits.freshUntil { return .fresh }
    return now < limits.staleUntil ? .stale : .unusable
  }

  /// Whether it is better than an error.
  func servesOnError(_ now: Int64) -> Bool { now < errorUntil }

  /// Seconds since the answer was made (RFC 9111 §5.1).
  func age(_ now: Int64) -> Int64 { max(0, (now - createdAt) / 1000) }

  /// Milliseconds for which it may be of use to anyone.
  func usefulLife(_ now: Int64) -> Int64 { errorUntil - now }
}
