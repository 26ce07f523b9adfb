import NIOHTTP1

extension HeaderBlock {
  /// A request head in the shape of HTTP/2: pseudo-header fields first, connection-specific fields gone
  /// (RFC 9113 §8.2.2), names in lower case.
  ///
  /// - Returns: the block, and the status to refuse the request with when it is not acceptable.
  static func make(_ head: HTTPRequestHead, isSecure: Bool, limits: HTTP1Limits) -> (HeaderBlock, problem: String?) {
    var block = HeaderBlock()
    block.reserveCapacity(fields: head.headers.count + 4, bytes: 512)
    block.append(":method", head.method.rawValue)
    block.append(":scheme", isSecure ? "https" : "http")
    block.append(":path", head.uri)
    var hosts = 0
    var size = head.uri.utf8.count + 32
    for (name, value) in head.headers {
      size += name.utf8.count + value.utf8.count + 32
      if name.utf8.count == 4, name.lowercased() == "host" {
        hosts += 1
        block.append(":authority", value)
      }
    }
    // RFC 9112 §3.2: exactly one Host field in HTTP/1.1.
    if hosts > 1 || (hosts == 0 && head.version == .http1_1) { return (block, "400") }
    if size > limits.maxHeaderBytes || head.headers.count > limits.maxHeaderFields { return (block, "431") }
    for (name, value) in head.headers {
      let lowered = name.lowercased()
      switch lowered {
      case "host", "connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade": continue
      default: block.append(lowered, value)
      }
    }
    return (block, nil)
  }

  init(http1Trailers headers: HTTPHeaders) {
    self.init()
    for (name, value) in headers { append(name, value) }
  }

  /// The response head that this block describes; without a `:status` it is an internal error.
  var http1ResponseHead: HTTPResponseHead {
    var status = HTTPResponseStatus.internalServerError
    var headers = HTTPHeaders()
    headers.reserveCapacity(count)
    for index in 0..<count {
      if isPseudo(at: index) {
        if let code = Int(value(at: index)) { status = HTTPResponseStatus(statusCode: code) }
      } else {
        headers.add(name: name(at: index), value: value(at: index))
      }
    }
    return HTTPResponseHead(version: .http1_1, status: status, headers: headers)
  }
}
