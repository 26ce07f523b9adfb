internal import HTTPTypes
internal import NIOCore

/// `ETag` and `Cache-Control` on reads, and 304 for those who have the answer already (RFC 9110 §13.1.2).
package struct ConditionalRequests: Middleware {
  package init() {}

  package func respond(to request: GatewayRequest, next: Next) async throws -> GatewayResponse {
    var response = try await next(request)
    var freshness = request.route.freshness
    if request.route.method != .get || response.status != .ok { freshness = .none }
    switch freshness {
    case .none:
      if response.fields[.cacheControl] == nil { response.fields[.cacheControl] = "no-store" }
      return response
    case .publicSeconds(let seconds): response.fields[.cacheControl] = "public, max-age=\(seconds)"
    case .privateRevalidated: response.fields[.cacheControl] = "private, no-cache"
    }
    let tag = EntityTag.of(response.body)
    response.fields[.eTag] = tag
    guard let known = request.head.headerFields[.ifNoneMatch], EntityTag.matches(known, tag) else { return response }
    response.status = .notModified
    response.body = ByteBuffer()
    response.fields[.contentType] = nil
    return response
  }
}

/// Entity tags of whole bodies. Weak: the bytes may be compressed on their way.
enum EntityTag {
  /// Two 64-bit lanes over the bytes in words; equal bodies have equal tags, and chance collisions are not to be met.
  static func of(_ body: ByteBuffer) -> String {
    var first: UInt64 = 0x9e37_79b9_7f4a_7c15
    var second: UInt64 = 0xc2b2_ae3d_27d4_eb4f ^ UInt64(body.readableBytes)
    body.withUnsafeReadableBytes { bytes in
      var offset = 0
      while offset + 8 <= bytes.count {
        mix(bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self), &first, &second)
        offset += 8
      }
      var rest: UInt64 = 0
      for index in offset..<bytes.count { rest = rest << 8 | UInt64(bytes[index]) }
      mix(rest, &first, &second)
    }
    return "W/\"\(String(first ^ (first >> 29), radix: 36))\(String(second ^ (second >> 31), radix: 36))\""
  }

  private static func mix(_ word: UInt64, _ first: inout UInt64, _ second: inout UInt64) {
    let low = (word ^ first).multipliedFullWidth(by: 0xa076_1d64_78bd_642f)
    first = low.high ^ low.low
    let high = (word &+ second).multipliedFullWidth(by: 0xe703_7ed1_a0b4_28db)
    second = high.high ^ high.low ^ word
  }

  /// Whether a list in `If-None-Match` names the tag, by weak comparison (RFC 9110 §8.8.3.2).
  static func matches(_ list: String, _ tag: String) -> Bool {
    let wanted = opaque(tag[...])
    return list.split(separator: ",").contains { entry in
      let entry = entry.drop { $0 == " " }
      let trimmed = entry.last == " " ? entry.prefix { $0 != " " } : entry
      return trimmed == "*" || opaque(trimmed) == wanted
    }
  }

  private static func opaque(_ tag: Substring) -> Substring { tag.hasPrefix("W/") ? tag.dropFirst(2) : tag }
}
