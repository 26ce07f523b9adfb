import NIOCore
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
    var size = head.uri.utf8.count + 32
    var host: String?
    var hosts = 0
    for (name, value) in head.headers {
      size += name.utf8.count + value.utf8.count + 32
      if name.utf8.count == 4, name.lowercased() == "host" {
        hosts += 1
        host = value
      }
    }
    if size > limits.maxHeaderBytes || head.headers.count > limits.maxHeaderFields { return (block, "431") }
    // RFC 9112 §3.2: exactly one Host field in HTTP/1.1.
    if hosts > 1 || (hosts == 0 && head.version == .http1_1) { return (block, "400") }
    guard let target = HTTP1RequestTarget(head.uri, method: head.method) else {
      return (block, head.method == .CONNECT ? "501" : "400")
    }
    block.append(":path", target.path)
    if let authority = target.authority ?? host { block.append(":authority", authority) }
    for (name, value) in head.headers where !isConnectionSpecific(name) { block.append(name, value) }
    return (block, nil)
  }

  /// Whether this is the head of a response with so many bytes of body, by its only `content-length`, and with a status
  /// that has a body and needs no further fields.
  func tellsLength(_ length: Int) -> Bool {
    guard let status = responseStatus, status.code >= 200, status.mayHaveResponseBody, status != .upgradeRequired,
      count(of: "content-length") == 1, let index = firstIndex(of: "content-length")
    else { return false }
    return withValue(at: index) { $0.elementsEqual(String(length).utf8) }
  }

  /// Nil without a `:status` of three digits.
  private var responseStatus: HTTPResponseStatus? {
    guard let index = firstIndex(of: ":status") else { return nil }
    let code = withValue(at: index) { digits in
      digits.count == 3 && digits.allSatisfy { (0x30...0x39).contains($0) }
        ? digits.reduce(0) { $0 * 10 + Int($1 - 0x30) } : 0
    }
    return code >= 100 ? HTTPResponseStatus(statusCode: code) : nil
  }

  /// Writes a response's status line and fields, without the empty line at the end; without a `:status` it is an internal
  /// error.
  func writeHTTP1Head(to writer: inout HTTP1HeadWriter) {
    let status = responseStatus ?? .internalServerError
    if status == .ok {
      writer.append("HTTP/1.1 200 OK\r\n")
    } else {
      writer.append("HTTP/1.1 ")
      writer.append(text: "\(status.code) \(status.reasonPhrase)\r\n")
    }
    writeHTTP1(to: &writer)
  }

  /// Bytes that `writeHTTP1Head` may write: reasons are shorter than 64.
  var maximumHTTP1HeadSize: Int { maximumHTTP1Size + 80 }

  /// Writes the fields as lines, with the same care as `http1Fields`: one that concerns the connection, or whose name is
  /// no token, is left out, and bytes that would end a line become spaces.
  func writeHTTP1(to writer: inout HTTP1HeadWriter) {
    bytes.withUnsafeBytes { bytes in
      for slot in slots {
        let nameEnd = Int(slot.start) + Int(slot.nameLength)
        let name = UnsafeRawBufferPointer(rebasing: bytes[Int(slot.start)..<nameEnd])
        // A pseudo-header field's colon is no part of a token.
        if !Self.isToken(name) { continue }
        if Self.mayConcernConnection(name.count), Self.isConnectionSpecific(String(decoding: name, as: UTF8.self)) {
          continue
        }
        writer.append(name)
        writer.append(": ")
        writer.append(oneLine: UnsafeRawBufferPointer(rebasing: bytes[nameEnd..<nameEnd + Int(slot.valueLength)]))
        writer.append("\r\n")
      }
    }
  }

  /// Bytes that `writeHTTP1` may write.
  var maximumHTTP1Size: Int { bytes.count + 4 * slots.count }

  /// The fields of a trailer section, or of a response's head, without those that concern the connection only.
  init(http1Fields headers: HTTPHeaders) {
    self.init()
    for (name, value) in headers where !Self.isConnectionSpecific(name) { append(name, value) }
  }

  /// The response head that this block describes; without a `:status` it is an internal error.
  var http1ResponseHead: HTTPResponseHead {
    HTTPResponseHead(version: .http1_1, status: responseStatus ?? .internalServerError, headers: http1Fields)
  }

  /// The request head that this block describes. Line ends and spaces cannot stand in a target or a method.
  var http1RequestHead: HTTPRequestHead {
    let method = HTTPMethod(rawValue: Self.withoutLineEnds(self[":method"] ?? "GET").filter { $0 != " " })
    var path = Self.withoutLineEnds(self[":path"] ?? "/").filter { $0 != " " }
    if path.isEmpty { path = "/" }
    // RFC 9112 §3.2: Host comes first, and is there even when it is empty.
    var headers: HTTPHeaders = ["host": Self.withoutLineEnds(self[":authority"] ?? "")]
    headers.add(contentsOf: http1Fields)
    return HTTPRequestHead(version: .http1_1, method: method, uri: path, headers: headers)
  }

  /// The fields that go on the wire. Those that HTTP/2 does not know are the transport's own business; bytes that
  /// would end a line are made spaces (RFC 9110 §5.5), so that no value can smuggle in a field or a response.
  var http1Fields: HTTPHeaders {
    var headers = HTTPHeaders()
    headers.reserveCapacity(count + 1)
    for index in 0..<count where !isPseudo(at: index) {
      let name = name(at: index)
      if Self.isConnectionSpecific(name) || !withName(at: index, Self.isToken) { continue }
      let isClean = withValue(at: index) { !$0.contains { $0 == 0 || $0 == 0x0a || $0 == 0x0d } }
      let value = value(at: index)
      headers.add(name: name, value: isClean ? value : Self.withoutLineEnds(value))
    }
    return headers
  }

  private static func withoutLineEnds(_ value: String) -> String {
    String(String.UnicodeScalarView(value.unicodeScalars.map { $0 == "\0" || $0 == "\n" || $0 == "\r" ? " " : $0 }))
  }

  /// RFC 9110 §5.6.2.
  private static func isToken(_ bytes: UnsafeRawBufferPointer) -> Bool {
    guard !bytes.isEmpty else { return false }
    for byte in bytes where !isTokenByte(byte) { return false }
    return true
  }

  private static func isTokenByte(_ byte: UInt8) -> Bool {
    // A bit for each of the characters: !#$%&'*+-.0-9 below 64; A-Z ^ _ ` a-z | ~ from 64 on.
    switch byte {
    case 0..<64: 0x03ff_6cfa_0000_0000 as UInt64 >> UInt64(byte) & 1 == 1
    case 64..<128: 0x57ff_ffff_c7ff_fffe as UInt64 >> UInt64(byte - 64) & 1 == 1
    default: false
    }
  }

  private static func mayConcernConnection(_ nameLength: Int) -> Bool {
    switch nameLength {
    case 4, 7, 10, 16, 17: true
    default: false
    }
  }

  /// RFC 9113 §8.2.2, and `host`, which is `:authority` here. Lengths are compared first: most names differ there.
  private static func isConnectionSpecific(_ name: String) -> Bool {
    switch name.utf8.count {
    case 4: name.lowercased() == "host"
    case 7: name.lowercased() == "upgrade"
    case 10: ["connection", "keep-alive"].contains(name.lowercased())
    case 16: name.lowercased() == "proxy-connection"
    case 17: name.lowercased() == "transfer-encoding"
    default: false
    }
  }
}

/// The target of a request line (RFC 9112 §3.2). Nil for the forms that an origin server has no use for.
struct HTTP1RequestTarget {
  var path: String
  /// From the absolute form, where it outranks the Host field.
  var authority: String?

  init?(_ uri: String, method: HTTPMethod) {
    if uri.utf8.first == UInt8(ascii: "/") {
      path = uri
      return
    }
    if uri == "*", method == .OPTIONS {
      path = uri
      return
    }
    guard method != .CONNECT, let scheme = ["http://", "https://"].first(where: { uri.lowercased().hasPrefix($0) })
    else { return nil }
    let rest = uri.dropFirst(scheme.count)
    let end = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
    guard end != rest.startIndex else { return nil }
    authority = String(rest[..<end])
    let tail = rest[end...]
    path = tail.first == "/" ? String(tail) : "/\(tail)"
  }
}

/// Writes the head of a message, and what follows, into memory of known size.
struct HTTP1HeadWriter {
  private let target: UnsafeMutableRawBufferPointer
  /// Bytes written.
  private(set) var count = 0

  init(_ target: UnsafeMutableRawBufferPointer) { self.target = target }

  mutating func append(_ bytes: UnsafeRawBufferPointer) {
    precondition(bytes.count <= target.count - count, "a head is longer than was worked out")
    UnsafeMutableRawBufferPointer(rebasing: target[count..<count + bytes.count]).copyMemory(from: bytes)
    count += bytes.count
  }

  mutating func append(_ text: StaticString) {
    append(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  mutating func append(text: String) {
    var text = text
    text.withUTF8 { append(UnsafeRawBufferPointer($0)) }
  }

  /// Appends a field's value; bytes that would end its line become spaces (RFC 9110 §5.5).
  mutating func append(oneLine bytes: UnsafeRawBufferPointer) {
    precondition(bytes.count <= target.count - count, "a head is longer than was worked out")
    for byte in bytes {
      target[count] = byte == 0 || byte == 0x0a || byte == 0x0d ? UInt8(ascii: " ") : byte
      count += 1
    }
  }
}
