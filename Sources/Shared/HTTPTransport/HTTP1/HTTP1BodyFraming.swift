import NIOCore
import NIOHTTP1

/// How the end of a body is told (RFC 9112 §6.3), and whether the application kept what its head promised.
enum HTTP1BodyFraming: Equatable {
  /// There is no body, whatever the head says: HEAD, 204, 304.
  case none
  /// `Content-Length`; so many bytes are still owed.
  case length(Int)
  case chunked
  /// The connection's end is the body's end (HTTP/1.0 peers).
  case untilClose

  /// Chooses the framing of a response and writes it into the head's fields.
  static func apply(to head: inout HTTPResponseHead, isHead: Bool, isHTTP10: Bool, hasBody: Bool) -> HTTP1BodyFraming {
    if head.status == .noContent || head.status.code < 200 { head.headers.remove(name: "content-length") }
    guard head.status.mayHaveResponseBody, !isHead else { return .none }
    if let declared = head.headers.first(name: "content-length") {
      if let length = Int(declared), length >= 0 { return .length(length) }
      head.headers.remove(name: "content-length")
    }
    if !hasBody {
      head.headers.add(name: "content-length", value: "0")
      return .length(0)
    }
    if isHTTP10 { return .untilClose }
    head.headers.add(name: "transfer-encoding", value: "chunked")
    return .chunked
  }

  /// The same for a request (RFC 9112 §6.1, §6.2).
  static func apply(to head: inout HTTPRequestHead, hasBody: Bool) -> HTTP1BodyFraming {
    if let declared = head.headers.first(name: "content-length") {
      if let length = Int(declared), length >= 0 { return .length(length) }
      head.headers.remove(name: "content-length")
    }
    if hasBody {
      head.headers.add(name: "transfer-encoding", value: "chunked")
      return .chunked
    }
    if [.POST, .PUT, .PATCH].contains(head.method) { head.headers.add(name: "content-length", value: "0") }
    return .none
  }

  /// Cuts off what must not be sent: bytes beyond the declared length would be read as the next response.
  mutating func take(_ data: inout ByteBuffer) {
    switch self {
    case .none: data.clear()
    case .length(let owed):
      if data.readableBytes > owed { data = data.readSlice(length: owed) ?? ByteBuffer() }
      self = .length(owed - data.readableBytes)
    case .chunked, .untilClose: break
    }
  }

  /// False when the body is shorter than declared: only closing the connection tells the peer.
  var isComplete: Bool {
    if case .length(let owed) = self { return owed == 0 }
    return true
  }
}

extension HTTPRequestHead {
  /// Whether a body follows the head (RFC 9112 §6.3).
  var hasBody: Bool {
    headers.contains(name: "transfer-encoding") || (headers.first(name: "content-length").map { $0 != "0" } ?? false)
  }

  /// The length of the body if the head tells it.
  var declaredLength: Int? { headers.first(name: "content-length").flatMap { Int($0) } }

  /// What the client wants to speak from now on, in lower case: the first of `upgrade`'s protocols, where `connection`
  /// names that field (RFC 9110 §7.8).
  var requestedUpgrade: String? {
    guard version == .http1_1, headers[canonicalForm: "connection"].contains(where: { $0.lowercased() == "upgrade" })
    else { return nil }
    return headers[canonicalForm: "upgrade"].first?.lowercased()
  }

  var expectsContinue: Bool {
    version == .http1_1 && headers.first(name: "expect").map { $0.lowercased() == "100-continue" } ?? false
  }

  /// Whether another request may follow. HTTP/1.0 is not worth its special cases, and NIO's decoder stops behind a
  /// request for an upgrade, granted or not.
  var permitsKeepAlive: Bool {
    isKeepAlive && version == .http1_1 && method != .CONNECT && !headers.contains(name: "upgrade")
  }
}
