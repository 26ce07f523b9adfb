internal import HTTPTypes
internal import NIOCore

/// `ETag` and `Cache-Control` on reads, and 304 for those who have the answer already (RFC 9110 §13.1.2).
package struct ConditionalRequests: Middleware {
  /// What the address names never changes (RFC 8246).
  static let immutable = "public, max-age=31536000, immutable"

  package init() {}

  package func respond(to request: GatewayRequest, next: Next) async throws -> GatewayResponse {
    var response = try await next(request)
    var freshness = request.route.freshness
    if request.route.method != .get || response.status != .ok || response.isStreamed { freshness = .none }
    switch freshness {
    case .none:
      if !response.fields.contains(.cacheControl) { response.fields[.cacheControl] = "no-store" }
      return response
    // What the cache has made has both already.
    case .publicSeconds(let seconds):
      if !response.fields.contains(.cacheControl) { response.fields[.cacheControl] = "public, max-age=\(seconds)" }
    case .immutable:
      if !response.fields.contains(.cacheControl) { response.fields[.cacheControl] = Self.immutable }
    case .privateRevalidated: response.fields[.cacheControl] = "private, no-cache"
    }
    if !response.fields.contains(.eTag) { response.fields[.eTag] = EntityTag.of(response.body) }
    guard let known = request.head.headerFields.value(of: .ifNoneMatch), let tag = response.fields[.eTag],
      EntityTag.matches(known, tag)
    else { return response }
    response.status = .notModified
    response.body = ByteBuffer()
    response.fields[.contentType] = nil
    response.fields[.contentEncoding] = nil
    return response
  }
}

/// Strong entity tags: the digest of a body, and behind it the encoding of one that is compressed, which is another
/// representation with a tag of its own.
enum EntityTag {
  static func of(_ body: ByteBuffer) -> String { "\"\(BodyDigest.text(body))\"" }

  /// Whether a list in `If-None-Match` names the tag, by weak comparison (RFC 9110 §8.8.3.2).
  static func matches(_ list: String, _ tag: String) -> Bool {
    var list = list
    let opaque = Array(tag.utf8.drop { $0 != UInt8(ascii: "\"") }.dropFirst().prefix { $0 != UInt8(ascii: "\"") })
    return list.withUTF8 { matches(UnsafeRawBufferPointer($0), opaque) }
  }

  /// - Parameter opaque: the tag without its quotes.
  static func matches(_ list: UnsafeRawBufferPointer, _ opaque: [UInt8]) -> Bool {
    var start = 0
    while start < list.count {
      var end = start
      while end < list.count, list[end] != UInt8(ascii: ",") { end += 1 }
      var entry = list[start..<end].drop { $0 == UInt8(ascii: " ") }
      start = end + 1
      if entry.first == UInt8(ascii: "*") { return true }
      if entry.starts(with: "W/".utf8) { entry = entry.dropFirst(2) }
      guard entry.first == UInt8(ascii: "\""), entry.dropFirst().starts(with: opaque) else { continue }
      if entry.dropFirst(1 + opaque.count).first == UInt8(ascii: "\"") { return true }
    }
    return false
  }
}
