import NIOCore
import NIOEmbedded
import NIOHTTP1
import Testing

@testable import HTTPTransport

@Suite struct HTTP1RequestScannerTests {
  private func scan(_ text: String, limits: HTTP1Limits = HTTP1Limits()) -> (HTTP1RequestScanner.Found, HeaderBlock)? {
    var block = HeaderBlock([("left", "over")])
    let found = Array(text.utf8).withUnsafeBytes {
      HTTP1RequestScanner.scan($0, isSecure: true, limits: limits, into: &block)
    }
    return found.map { ($0, block) }
  }

  @Test("A simple head gives what the decoder would give, and says where it ends")
  func simple() throws {
    let head =
      "GET /v1/products?limit=2 HTTP/1.1\r\nHost: shop.example\r\nX-One:  a b \t\r\nConnection: Keep-Alive\r\n"
      + "Accept-Encoding: gzip\r\nempty:\r\n\r\n"
    let (found, block) = try #require(scan(head + "GET /next"))
    #expect(found.length == head.utf8.count && !found.isHead)
    let decoded = HeaderBlock.make(
      HTTPRequestHead(
        version: .http1_1, method: .GET, uri: "/v1/products?limit=2",
        headers: [
          "Host": "shop.example", "X-One": "a b", "Connection": "Keep-Alive", "Accept-Encoding": "gzip", "empty": "",
        ]), isSecure: true, limits: HTTP1Limits())
    #expect(Set(block.fields.map { "\($0)" }) == Set(decoded.0.fields.map { "\($0)" }))
    #expect(scan("HEAD / HTTP/1.1\r\nhost: h\r\n\r\n")?.0.isHead == true)
  }

  @Test(
    "Whatever is not simple to the letter is left to the decoder",
    arguments: [
      "", "GET", "GET / HTTP/1.1\r\nHost: h\r\n", "GET / HTTP/1.1\r\nHost: h\r\n\r",
      "POST / HTTP/1.1\r\nHost: h\r\n\r\n",
      "GET / HTTP/1.0\r\nHost: h\r\n\r\n", "GET  / HTTP/1.1\r\nHost: h\r\n\r\n", "GET / HTTP/1.1 \r\nHost: h\r\n\r\n",
      "GET /\t HTTP/1.1\r\nHost: h\r\n\r\n", "GET /\u{7f} HTTP/1.1\r\nHost: h\r\n\r\n",
      "GET http://h/ HTTP/1.1\r\nHost: h\r\n\r\n", "GET /é HTTP/1.1\r\nHost: h\r\n\r\n",
      "get / HTTP/1.1\r\nHost: h\r\n\r\n",
      "GET / HTTP/1.1\nHost: h\n\n", "GET / HTTP/1.1\r\nHost: h\n\r\n", "GET / HTTP/1.1\r\nHost: h\r\n\n",
      "GET / HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\r\nA: b\r\nHost: h\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: h\r\nHost: h\r\n\r\n", "GET / HTTP/1.1\r\nHost: h\r\n folded\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: h\r\nA: b\r\n\tfolded\r\n\r\n", "GET / HTTP/1.1\r\nHost : h\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: h\r\nA b: c\r\n\r\n", "GET / HTTP/1.1\r\nHost: h\r\n: c\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: h\r\nA: b\u{0}c\r\n\r\n", "GET / HTTP/1.1\r\nHost: h\r\nA: b\rc\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: h\r\ncontent-length: 5\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: h\r\nExpect: x\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: h\r\nUpgrade: h2c\r\n\r\n", "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: h\r\nConnection: keep-alive, upgrade\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: h\r\nTE: x\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: h\r\nTrailer: x\r\n\r\n", "GET / HTTP/1.1\r\nHost: h\r\nKeep-Alive: 5\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: h\r\nProxy-Connection: x\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: h\r\nHTTP2-Settings: x\r\n\r\n",
    ])
  func refused(text: String) { #expect(scan(text) == nil) }

  /// What the decoder makes of bytes: the parts before an error.
  private func decode(_ bytes: some Collection<UInt8>) throws -> (parts: [HTTPServerRequestPart], failed: Bool) {
    let decoder = ByteToMessageHandler(HTTPRequestDecoder(leftOverBytesStrategy: .dropBytes))
    let channel = EmbeddedChannel(handler: decoder)
    var failed = false
    do { try channel.writeInbound(ByteBuffer(bytes: bytes)) } catch { failed = true }
    var parts: [HTTPServerRequestPart] = []
    while let part = try channel.readInbound(as: HTTPServerRequestPart.self) { parts.append(part) }
    // The end in the middle of a head is an error as well.
    do { _ = try channel.finish(acceptAlreadyClosed: true) } catch { failed = true }
    return (parts, failed)
  }

  /// A field without the blanks behind its value, some of which the decoder leaves (RFC 9110 §5.5 wants none).
  private func trimmed(_ field: (name: String, value: String)) -> String {
    var value = field.value[...]
    while value.last == " " || value.last == "\t" { value.removeLast() }
    return "\(field.name): \(value)"
  }

  @Test("Of heads made by chance, it takes none that the decoder sees otherwise, or that ends elsewhere")
  func sameAsDecoder() throws {
    var random = Chance(state: 20_261_124)
    var taken = 0
    for _ in 0..<30_000 {
      let bytes = random.head()
      var block = HeaderBlock()
      let found = bytes.withUnsafeBytes {
        HTTP1RequestScanner.scan($0, isSecure: false, limits: HTTP1Limits(), into: &block)
      }
      guard let found else { continue }
      taken += 1
      let head = bytes.prefix(found.length)
      let whole = try decode(head)
      let shown = String(decoding: head, as: UTF8.self).debugDescription
      guard !whole.failed, whole.parts.count == 2, case .head(let decoded) = whole.parts[0],
        case .end(nil) = whole.parts[1]
      else {
        Issue.record("the decoder takes \(shown) for \(whole)")
        continue
      }
      let made = HeaderBlock.make(decoded, isSecure: false, limits: HTTP1Limits())
      #expect(made.problem == nil && (decoded.method == .HEAD) == found.isHead && decoded.version == .http1_1)
      #expect(Set(block.fields.map(trimmed)) == Set(made.0.fields.map(trimmed)), "\(shown)")
      let short = try decode(head.dropLast())
      #expect(short.parts.isEmpty, "the decoder ends \(shown) earlier")
    }
    #expect(taken > 5000, "chance makes too few heads that are simple: \(taken)")
  }

  /// Heads, most of them a little wrong, the same in every run.
  private struct Chance {
    var state: UInt64

    mutating func below(_ count: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int((state >> 33) % UInt64(count))
    }

    mutating func one<Element>(of elements: [Element]) -> Element { elements[below(elements.count)] }

    mutating func head() -> [UInt8] {
      var text = one(of: ["GET / HTTP/1.1\r\n", "HEAD /a?b=c%20 HTTP/1.1\r\n", "GET //x/../y HTTP/1.1\r\n"])
      text += "Host: h\r\n"
      for _ in 0..<below(5) {
        text += one(of: [
          "Accept: */*\r\n", "x-one:1\r\n", "X-Two: \t a b \r\n", "Connection: keep-alive\r\n", "Empty:\r\n",
          "Connection: close\r\n", "Content-Length: 0\r\n", "Transfer-Encoding: chunked\r\n", "Host: g\r\n",
          "Accept-Encoding: gzip, br\r\n", "Cookie: a=b; c=d\r\n", "If-None-Match: \"ü\"\r\n",
        ])
      }
      var bytes = Array((text + "\r\n").utf8)
      for _ in 0..<below(3) {
        let byte = one(of: [0x0d, 0x0a, 0x20, 0x09, 0x3a, 0x00, 0x7f, 0x80, 0xff, 0x61, 0x2c, 0x22, 0x23])
        let index = below(bytes.count)
        switch below(3) {
        case 0: bytes[index] = UInt8(byte)
        case 1: bytes.insert(UInt8(byte), at: index)
        default: bytes.remove(at: index)
        }
      }
      return bytes + Array(one(of: ["", "GET", "GET /next HTTP/1.1\r\nHost: h\r\n\r\n", "\r\n"]).utf8)
    }
  }

  @Test("A head beyond the limits is left to the decoder, which says so")
  func limits() {
    var limits = HTTP1Limits()
    limits.maxHeaderBytes = 200
    limits.maxHeaderFields = 6
    func head(_ count: Int, _ length: Int) -> String {
      let line = "A: " + String(repeating: "b", count: length) + "\r\n"
      return "GET / HTTP/1.1\r\nHost: h\r\n" + String(repeating: line, count: count) + "\r\n"
    }
    #expect(scan(head(1, 10), limits: limits) != nil)
    #expect(scan(head(1, 300), limits: limits) == nil)
    #expect(scan(head(9, 1), limits: limits) == nil)
  }
}
