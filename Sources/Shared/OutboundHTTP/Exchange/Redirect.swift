/// What a redirect makes of a request (RFC 9110 §15.4).
struct Redirect {
  /// The next request of a chain.
  static func follow(
    _ status: Int, location: String?, of request: OutboundRequest, at url: OutboundURL
  ) throws(OutboundError) -> (request: OutboundRequest, url: OutboundURL)? {
    guard [301, 302, 303, 307, 308].contains(status), let location else { return nil }
    let target: OutboundURL
    do {
      target = try url.resolving(location)
    } catch {
      throw OutboundError(
        .protocol, "the server redirects to a URL that cannot be used", origin: url.origin, cause: error)
    }
    guard url.scheme == .http || target.scheme == .https else {
      throw OutboundError(.insecureRedirect, "the server redirects from https to http", origin: url.origin)
    }
    var next = request
    let becomesGet =
      switch status {
      case 303: request.method != .head
      case 301, 302: request.method == .post
      default: false
      }
    if becomesGet {
      next.method = .get
      next.body = nil
      for name in ["content-type", "content-encoding", "content-language", "content-location"] {
        next.headers.remove(name)
      }
    }
    if !url.hasSameOrigin(as: target) {
      for name in request.credentialHeaders.union(["authorization", "proxy-authorization", "cookie"]) {
        next.headers.remove(name)
      }
    }
    return (next, target)
  }
}
